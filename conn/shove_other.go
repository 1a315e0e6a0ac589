//go:build !unix || aix

package conn

// A shove is nothing here.
type shove struct{}

// lookAndWrite writes nothing here: it is for [hand.flush] to look, and to write.
func (*hand) lookAndWrite(*link, []byte) (useful bool, n int, err error) { return false, 0, nil }
