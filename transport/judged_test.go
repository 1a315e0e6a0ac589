package transport

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A server that answers HTTP/2 in HTTP/1.1, and hangs up before a request has begun, breaks the
// protocol: it is not that there was no connection.
func TestRefusedBeforeTheFirstRequest(t *testing.T) {
	for name, tt := range map[string]struct {
		says string
		want error
	}{
		"HTTP/1.1": {"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", conn.ErrHTTP},
		"nothing":  {"", conn.ErrHTTP},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				go func() {
					p := make([]byte, 1024)
					_, _ = theirs.Read(p)
					_, _ = io.WriteString(theirs, tt.says)
					theirs.Close()
				}()
				tr := new(Transport)
				defer tr.Close()
				c, err := tr.newHTTP2(t.Context(), ours, "server:80", &trace.Limits{})
				if err == nil {
					synctest.Wait()
					err = c.Reserve()
					c.Close()
					if err == nil {
						t.Fatal("a stream may begin")
					}
					err = c.refused(err)
				}
				e := openError("server:80", err)
				if e.Phase != trace.Wait || !errors.Is(e, tt.want) {
					t.Errorf("%v: %v, want an error of waiting that is %v", e.Phase, e, tt.want)
				}
			})
		})
	}
}
