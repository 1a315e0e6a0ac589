package conn

import (
	"strings"

	"example.com/godwit/internal/h1"
)

// The headFacts are what the fields of a request that is put by hand mean to us.
type headFacts struct {
	host, acceptEncoding bool // is there

	hasLength bool
	length    int64
	chunked   bool // the last transfer coding, which we do
	framed    bool // by the caller; and all of it has been sent

	expect            bool // 100-continue
	close             bool
	upgrade           bool
	connectionUpgrade bool
}

// note takes note of a field. It refuses what could be read in two ways by those between the
// server and us (CVE-2026-1525).
func (f *headFacts) note(name, value string) error {
	switch len(name) {
	case len("host"), len("expect"), len("upgrade"), len("connection"),
		len("content-length"), len("accept-encoding"), len("transfer-encoding"):
	default:
		return nil
	}
	switch strings.ToLower(name) {
	case "host":
		if f.host {
			return &RequestError{What: "field name", Name: name, Why: "there is one already (RFC 9112 3.2); see SkipHost"}
		}
		f.host = true
	case "accept-encoding":
		f.acceptEncoding = true
	case "content-length":
		return f.noteLength(name, value)
	case "transfer-encoding":
		return f.noteCoding(name, value)
	case "expect":
		f.expect = f.expect || h1.HasToken(value, "100-continue")
	case "upgrade":
		f.upgrade = true
	case "connection":
		f.close = f.close || h1.HasToken(value, "close")
		f.connectionUpgrade = f.connectionUpgrade || h1.HasToken(value, "upgrade")
	}
	return nil
}

func (f *headFacts) noteLength(name, value string) error {
	n, ok := h1.ParseLength(strings.Trim(value, " \t"))
	switch {
	case !ok:
		return &RequestError{What: "field value", Name: name, Why: "not a number (RFC 9110 8.6)"}
	case f.hasLength:
		return &RequestError{What: "field name", Name: name, Why: "there is one already (RFC 9112 6.3)"}
	}
	f.hasLength, f.length = true, n
	return nil
}

// noteCoding takes "chunked", alone or behind others that the caller has applied.
func (f *headFacts) noteCoding(name, value string) error {
	if f.chunked {
		return &RequestError{What: "field name", Name: name, Why: "there is one already (RFC 9112 6.1)"}
	}
	codings := strings.Split(value, ",")
	for i, coding := range codings {
		name, _, _ := strings.Cut(strings.Trim(coding, " \t"), ";")
		isChunked := h1.HasToken(coding, "chunked")
		if isChunked != (i == len(codings)-1) || !h1.IsToken(strings.TrimRight(name, " \t")) {
			return &UnknownTransferEncodingError{Coding: value}
		}
	}
	f.chunked = true
	return nil
}
