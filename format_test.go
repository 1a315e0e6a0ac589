package godwit

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Whatever verb a response, a stream or a status error is printed with, no header value and
// no content is in it.
func TestPrinting(t *testing.T) {
	s, _ := answering(404, "s3cret body", "Set-Cookie", "sid=s3cret", "X-Key", "s3cret\x1b[2J")
	res, err := s.Get(t.Context(), "http://u:s3cret@h/?q=1", Header{"X-API-Key": "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	failed := res.ErrorForStatus()
	e, _ := errors.AsType[*StatusError](failed)
	st, err := s.Stream(t.Context(), "GET", "http://u:s3cret@h/", Header{"X-API-Key": "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%t", "%10.3s", "%e", "%y"} {
		for _, v := range []any{res, *res, st, *st, failed, e, *e, []any{res, st, e}, map[string]any{"x": *res}, struct{ R *Response }{res}, errors.Join(failed)} {
			got := fmt.Sprintf(verb, v)
			if strings.Contains(got, "s3cret") || strings.Contains(got, "\x1b") || strings.Contains(strings.ToLower(got), "733363726574") || strings.Contains(got, "115 51 99 114") {
				t.Errorf("%s of a %T: %s", verb, v, got)
			}
		}
	}
	for v, want := range map[any]string{res: "HTTP/1.1 404 Not Found", st: "HTTP/1.1 404 Not Found", e: "GET http://h/?q=1: 404 Not Found"} {
		if got := fmt.Sprintf("%v|%+v|%s", v, v, v); got != want+"|"+want+"|"+want {
			t.Errorf("%q", got)
		}
	}
	if got := fmt.Sprintf("%v", new(Response)); got != "no response" {
		t.Errorf("%q", got)
	}
}
