//go:build !unix || aix

package conn

import "syscall"

// look sees nothing here. A connection that turns out to be closed is found by its use, and
// the request is sent again if that is safe.
func look(syscall.RawConn) verdict { return quiet }
