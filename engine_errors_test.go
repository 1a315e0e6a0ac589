package godwit

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// What only the engine finds wrong with a request is the request's fault all the same, in
// whatever phase it was found, and the text says nothing of phases.
func TestRequestErrorsOfTheEngine(t *testing.T) {
	s := new(Session)
	hosted, err := s.Prepare(context.Background(), "GET", "http://127.0.0.1:1/")
	if err != nil {
		t.Fatal(err)
	}
	hosted.Host = "a b"
	doubled, err := http.NewRequest("GET", "http://127.0.0.1:1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	doubled.Header["content-length"] = []string{"3"}
	for _, c := range []struct {
		name string
		send func() error
		want Kind
	}{
		{"a host that is no address", func() error { _, err := s.Get(context.Background(), "http://127.1/"); return err }, ErrURL},
		{"an empty label", func() error { _, err := s.Get(context.Background(), "http://a..b/"); return err }, ErrURL},
		{"a Host that is none", func() error { _, err := s.Send(hosted); return err }, ErrURL},
		{"a framing field", func() error { _, err := s.Send(doubled); return err }, ErrRequest},
	} {
		err := c.send()
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, k := range allKinds {
			if got := errors.Is(err, k); got != (k == c.want) {
				t.Errorf("%s: %v is %q: %v", c.name, err, k, got)
			}
		}
		if strings.Contains(err.Error(), "waiting for") || strings.Contains(err.Error(), "sending to") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
