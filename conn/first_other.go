//go:build !unix || aix

package conn

import "example.com/godwit/trace"

// A firstRead is nothing here.
type firstRead struct{}

func (*firstRead) init(*Exchange) {}

// writeThenRead sends what is to be sent, and reads what comes.
func (x *Exchange) writeThenRead(p []byte) (int, error) {
	x.unsent = false
	x.phase = trace.Send
	if _, err := x.write(x.work.out); err != nil {
		return 0, err
	}
	x.phase = trace.Wait
	x.conn.armRead(x)
	return x.conn.nc.Read(p)
}
