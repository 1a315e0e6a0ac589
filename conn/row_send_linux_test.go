package conn_test

// Files of Linux that do not say how long they are.

import (
	"os"
	"testing"

	"example.com/godwit/conn"
)

// What is in /proc is a file whose size says nothing.
func TestSendFileWithoutSize(t *testing.T) {
	want, err := os.ReadFile("/proc/version")
	must(t, err)
	f, err := os.Open("/proc/version")
	must(t, err)
	defer f.Close()
	got := make(chan string, 1)
	c := conn.New(serveOnce(t, got))
	defer c.Close()
	must(t, c.Request(t.Context(), "POST", "/", nil, f))
	if answer(t, c); <-got != string(want) {
		t.Error("not what is in the file")
	}
}
