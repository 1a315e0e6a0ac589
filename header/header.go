// Package header reads and writes the values of header fields as types.
//
// Each field has a type, a Parse function that makes it of what [net/http.Header.Values] or Get
// gives, and a String method (for plain times and durations a Format function) that writes it:
//
//	links, err := header.ParseLinks(res.Header.Values("Link"))
//	req.Header.Set("Cache-Control", header.CacheControl{NoCache: true}.String())
//
// A Parse function that takes the field's lines is for a field that is a list, and no lines are
// an empty list. One that takes a string is for a field that is not, and the empty string,
// which stands for no such field, is an error.
//
// Reading is lenient: it returns what it could make out, and an [*Error] for the first thing
// that it could not. What it returns with an error is the careful reading (a lifetime that
// cannot be read is over, a Vary that cannot be read varies with everything), so that the error
// may be ignored where a field is only advice. All of them take linear time, and a field that
// lists more than 4096 things is read up to there.
//
// Writing is strict: what String returns parses to the same value, and holds no control
// character. What cannot be written, such as a method with a space in it, is left out.
//
// Names that have no case in HTTP (directives, codings, parameters, media types) are in lower
// case, names of fields as [net/http.CanonicalHeaderKey] spells them.
//
// Fields that are structured (RFC 9651) need nothing of this package: github.com/dunglas/httpsfv
// reads and writes items, lists and dictionaries, and is linked already. Challenges and
// credentials are package auth's, cookies package cookiejar's. A field that is a string or a
// number (Server, Content-Length, Access-Control-Allow-Origin) is what http.Header says.
package header
