package realserver

import (
	"path/filepath"
	"strconv"
	"testing"
)

// Python starts Python's http.server.
func Python(t testing.TB) *Server {
	t.Helper()
	path := Program(t, "python3")
	s := prepare(t)
	s.addDocuments(t)
	s.start(t, path, "-m", "http.server", "--bind", "127.0.0.1",
		"--directory", filepath.Join(s.Dir, "www"), strconv.Itoa(s.ports[0]))
	return s
}
