package godwit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// One session, 64 callers, option values that all of them share, redirects that have bodies
// sent again, cancellation at any time: each server request has its caller's bytes, and
// nothing is left behind.
func TestSendingRace(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller has gone
		}
		if r.URL.Query().Get("again") == "" {
			http.Redirect(w, r, "/?again=1&"+r.URL.RawQuery, http.StatusPermanentRedirect)
			return
		}
		text := string(body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			text = unpack(t, text)
		}
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			form, err := readForm(r.Header.Get("Content-Type"), text)
			if err != nil || len(form) != 3 {
				t.Error(err, len(form))
				return
			}
			text = form[0].body + form[1].body + form[2].body
		}
		fmt.Fprintf(w, "%d %d %v", strings.Count(text, r.URL.Query().Get("who")), len(text), r.Header["Idempotency-Key"] != nil)
	}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(strings.Repeat("<file>", 10_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newRealSession(t)
	s.Defaults = Defaults{IdempotencyKey, Progress(func(Transfer) {})}
	file, form := FileBody(path), Multipart(Field("a", "<all>"), File("f", path), Field("z", "<all>"))
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			me := fmt.Sprintf("<%d>", g)
			mine := strings.Repeat(me, 5000)
			for i, c := range []struct {
				who  string
				n    int
				opts []Option
			}{
				{"<file>", 10_000, []Option{file}},
				{"<file>", 10_000, []Option{file, CompressBody}},
				{"<all>", 2, []Option{form}},
				{me, 5001, []Option{Multipart(Field("a", mine), Part{Name: "s", Body: Seq(piecesOf("", me), "")}, Field("c", "")), CompressBody}},
				{me, 5000, []Option{Bytes([]byte(mine), ""), CompressBody}},
				{me, 5001, []Option{Seq(piecesOf(mine, me), "")}},
			} {
				ctx, cancel := context.WithCancel(t.Context())
				if (g+i)%4 == 0 {
					time.AfterFunc(time.Duration(g*50)*time.Microsecond, cancel)
				}
				res, err := s.Post(ctx, server.URL, append(c.opts, Pairs{{"who", c.who}})...)
				ended := ctx.Err() != nil
				cancel()
				if err != nil {
					if !ended || !errors.Is(err, ErrCanceled) {
						t.Errorf("%d, %d: %v", g, i, err)
					}
					continue
				}
				if got := res.Text(); !strings.HasPrefix(got, fmt.Sprint(c.n, " ")) || !strings.HasSuffix(got, " true") {
					t.Errorf("%d, %d: %s, want %d", g, i, got, c.n)
				}
			}
		})
	}
	wg.Wait()
}
