package godwit

// Unix sockets against nginx.

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"example.com/godwit/internal/realserver"
)

func TestRealUnixSocket(t *testing.T) {
	nginx := realserver.Nginx(t)
	plain, secure := filepath.Join(nginx.Dir, "plain.sock"), filepath.Join(nginx.Dir, "secure.sock")
	s := newRealSession(t)
	s.Defaults = Defaults{CA(nginx.CAFile)}
	for name, c := range map[string]struct {
		base string
		opts []Option
	}{
		"URL":              {"http+unix://" + url.PathEscape(plain), nil},
		"option":           {"http://localhost", []Option{UnixSocket(plain)}},
		"option, over TLS": {nginx.Secure, []Option{UnixSocket(secure)}},
	} {
		for range 2 {
			res, err := s.Get(t.Context(), c.base+"/small.txt", c.opts...)
			if err != nil || res.StatusCode != 200 || res.Text() != "small\n" || res.Attempts[0].Conn.Unix == "" {
				t.Fatalf("%s: %v, %v", name, res, err)
			}
		}
		if res, err := s.Get(t.Context(), c.base+"/large.bin", c.opts...); err != nil || string(res.Content) != string(nginx.Large) {
			t.Errorf("%s: %v", name, err)
		}
		big := strings.Repeat("x", 1<<20)
		if res, err := s.Post(t.Context(), c.base+"/post", append([]Option{Bytes([]byte(big), "")}, c.opts...)...); err != nil || res.Text() != "posted\n" {
			t.Errorf("%s: %v, %v", name, res, err)
		}
	}
	// Its certificate must name what the URL says.
	if _, err := s.Get(t.Context(), "https://elsewhere.example/small.txt", UnixSocket(secure)); !errors.Is(err, ErrTLS) {
		t.Errorf("%v", err)
	}
}
