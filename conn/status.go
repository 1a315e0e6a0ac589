package conn

import "net/http"

// StatusText returns the reason phrase of a status code as IANA has registered it, "" for a
// code that is not registered. (http.StatusText knows nearly all, some by an older name.)
func StatusText(code int) string {
	switch code {
	case 104:
		return "Upload Resumption Supported"
	case 306, 418:
		return "(Unused)"
	case 413:
		return "Content Too Large"
	case 414:
		return "URI Too Long"
	case 416:
		return "Range Not Satisfiable"
	case 422:
		return "Unprocessable Content"
	}
	return http.StatusText(code)
}
