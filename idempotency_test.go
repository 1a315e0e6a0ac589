package godwit

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/dunglas/httpsfv"
)

func TestIdempotencyKey(t *testing.T) {
	form := regexp.MustCompile(`^"[A-Z2-7]{26}"$`) // 26 × 5 bits
	s, w := newWorld(ok)
	seen := make(map[string]bool)
	for range 100 {
		if _, err := s.Post(t.Context(), "http://h/", IdempotencyKey); err != nil {
			t.Fatal(err)
		}
		key := w.last().Header["Idempotency-Key"]
		if len(key) != 1 || !form.MatchString(key[0]) || seen[key[0]] {
			t.Fatal(key)
		}
		seen[key[0]] = true
		item, err := httpsfv.UnmarshalItem(key)
		if text, is := item.Value.(string); err != nil || !is || text != strings.Trim(key[0], `"`) {
			t.Fatal(item, err)
		}
	}
	for method, want := range map[string]bool{
		"POST": true, "PATCH": true, "PUT": true, "DELETE": true, "PURGE": true,
		"GET": false, "HEAD": false, "OPTIONS": false, "TRACE": false, "QUERY": false, "": false,
	} {
		if _, err := s.Do(t.Context(), method, "http://h/", IdempotencyKey); err != nil {
			t.Fatal(err)
		}
		if _, has := w.last().Header["Idempotency-Key"]; has != want {
			t.Errorf("%s: %v", method, has)
		}
	}
}

// A key of the caller's stays, wherever it stands; and none is none.
func TestIdempotencyKeyOfCaller(t *testing.T) {
	for _, c := range []struct {
		opts []Option
		want string
	}{
		{[]Option{Header{"Idempotency-Key": "mine"}, IdempotencyKey}, "mine"},
		{[]Option{IdempotencyKey, Header{"idempotency-key": "mine"}}, "mine"},
		{[]Option{IdempotencyKey, AddHeader("Idempotency-Key", "mine")}, "mine"},
		{[]Option{IdempotencyKey, NoHeader{"Idempotency-Key"}}, ""},
	} {
		_, req := sentBody(t, c.opts...)
		if got := strings.Join(req.Header["Idempotency-Key"], "|"); got != c.want {
			t.Errorf("%v: %q", c.opts, got)
		}
	}
}

// The key is the same over redirects to the origin, and goes to no other.
func TestIdempotencyKeyGoesAlong(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		if next := map[string]string{"http://h/": "/again", "http://h/again": "http://other/"}[r.URL.String()]; next != "" {
			w.Header().Set("Location", next)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	})
	if _, err := s.Post(t.Context(), "http://h/", Form{"a": 1}, IdempotencyKey); err != nil {
		t.Fatal(err)
	}
	all := w.requests()
	key := all[0].Header.Get("Idempotency-Key")
	if len(all) != 3 || key == "" || all[1].Header.Get("Idempotency-Key") != key || all[2].Header["Idempotency-Key"] != nil {
		t.Errorf("%+v", all)
	}
}

func TestIdempotencyKeyPrepared(t *testing.T) {
	s, w := newWorld(ok)
	s.Defaults = Defaults{IdempotencyKey}
	req, err := s.Prepare(t.Context(), "POST", "http://h/")
	if err != nil {
		t.Fatal(err)
	}
	key := req.Header.Get("Idempotency-Key")
	for range 2 {
		if _, err := s.Send(req); err != nil || key == "" || w.last().Header.Get("Idempotency-Key") != key {
			t.Error(err, w.last().Header)
		}
	}
	foreign, _ := http.NewRequest("POST", "http://h/", nil)
	if _, err := s.Send(foreign); err != nil || len(w.last().Header.Get("Idempotency-Key")) != 28 || foreign.Header["Idempotency-Key"] != nil {
		t.Error(err, w.last().Header)
	}
	foreign.Header.Set("Idempotency-Key", "mine")
	if _, err := s.Send(foreign); err != nil || w.last().Header.Get("Idempotency-Key") != "mine" {
		t.Error(err, w.last().Header)
	}
}
