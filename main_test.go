package godwit

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"example.com/godwit/trace"
)

func TestMain(m *testing.M) {
	// What the environment says of proxies and certificates is for the tests of that.
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC"} {
		os.Unsetenv(name)
		os.Unsetenv(strings.ToLower(name))
	}
	goleak.VerifyTestMain(m)
}

// A world is a transport that answers by a function, for every origin at once, and notes
// what it was asked.
type world struct {
	answer func(w http.ResponseWriter, r *http.Request)

	mu   sync.Mutex // guards the following
	seen []seen
}

// seen is a request as it came: copied, with its body.
type seen struct {
	*http.Request
	body string
}

func (w *world) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
		if req.ContentLength >= 0 && int64(len(body)) != req.ContentLength {
			return nil, fmt.Errorf("a body of %d bytes, announced as %d", len(body), req.ContentLength)
		}
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	got := req.Clone(req.Context())
	w.mu.Lock()
	w.seen = append(w.seen, seen{got, string(body)})
	w.mu.Unlock()
	in := req.Clone(req.Context())
	in.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	w.answer(rec, in)
	res := rec.Result()
	res.Request = req
	return res, nil
}

// requests returns what was asked so far.
func (w *world) requests() []seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]seen(nil), w.seen...)
}

// last returns what was asked last.
func (w *world) last() seen {
	all := w.requests()
	return all[len(all)-1]
}

// newWorld returns a session in a world that answers so.
func newWorld(answer func(w http.ResponseWriter, r *http.Request)) (*Session, *world) {
	w := &world{answer: answer}
	return &Session{Transport: w}, w
}

// ok answers 200 and nothing else.
func ok(http.ResponseWriter, *http.Request) {}

// A log is a tracer that keeps what it is told.
type log struct {
	mu     sync.Mutex
	events []trace.Event
}

// Trace keeps ev.
func (l *log) Trace(_ context.Context, ev trace.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, ev)
}

func (l *log) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, ev := range l.events {
		fmt.Fprintf(&b, "%T %+v\n", ev, ev)
	}
	return b.String()
}

// all returns the events of a type.
func all[E trace.Event](l *log) (found []E) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ev := range l.events {
		if e, ok := ev.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

// writeCA writes the server's certificate to a file.
func writeCA(t testing.TB, path string, server *httptest.Server) {
	t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
