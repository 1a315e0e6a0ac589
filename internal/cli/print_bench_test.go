package cli

// How quickly a body is printed, in the bytes that come in.

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// tenMegabytes is JSON as services have it: short keys, short texts, numbers.
func tenMegabytes() []byte {
	const row = `{"id": 123456, "name": "Grüße aus Köln", "tags": ["a", "b"], "ok": true, "price": 12.50, "at": "2026-11-30T12:00:00Z"},`
	return []byte("[" + strings.Repeat(row, 10<<20/len(row)) + "0]")
}

// BenchmarkPrinter prints 10 MB of JSON on a terminal, indented and coloured.
func BenchmarkPrinter(b *testing.B) {
	text := tenMegabytes()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		p := newPrinter(&newOptions().output, &Env{Stdout: io.Discard, StdoutTTY: true, Getenv: func(string) string { return "" }})
		if err := p.body(struct{ io.Reader }{bytes.NewReader(text)}, "application/json"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRun has it sent over loopback, too.
func BenchmarkRun(b *testing.B) {
	text := tenMegabytes()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	}))
	defer s.Close()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if code := Run(b.Context(), Env{Stdout: io.Discard, StdoutTTY: true, StdinTTY: true}, []string{s.URL}); code != 0 {
			b.Fatal(code)
		}
	}
}
