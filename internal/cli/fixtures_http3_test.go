package cli

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quic-go/quic-go/http3"

	"example.com/godwit/internal/tlstest"
)

// What fails over TCP fails over QUIC: with the code for TLS, with the cause in its first line, and
// nothing of the request sent. What is printed as a remedy helps there as well.
func TestTLSFixturesHTTP3(t *testing.T) {
	for _, f := range tlstest.Failing(t) {
		config, ok := f.QUIC()
		if f.Client != nil || !ok {
			continue // it takes a client with other settings, or a version of TLS that QUIC has not
		}
		t.Run(f.Name, func(t *testing.T) {
			var requests atomic.Int64
			pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			s := &http3.Server{TLSConfig: config, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				_, _ = w.Write([]byte(tlstest.Body))
			})}
			var serving sync.WaitGroup
			serving.Go(func() { _ = s.Serve(pc) })
			defer func() {
				s.Close()
				pc.Close()
				serving.Wait()
			}()
			_, port, _ := net.SplitHostPort(pc.LocalAddr().String())
			url := "https://" + net.JoinHostPort(f.Host, port) + "/"
			dir := t.TempDir()
			base := []string{"--http3-only", "--resolve=*:" + port + ":127.0.0.1", "--verify=" + inFile(t, dir, "trusted.pem", f.CA)}
			got := run(t, append(base, url)...)
			first, rest, _ := strings.Cut(got.err, "\n")
			if got.code != ExitTLS || got.out != "" || !strings.HasPrefix(first, "godwit: GET "+url+": TLS handshake with ") {
				t.Errorf("code %d, %q, %s", got.code, got.out, got.err)
			}
			if n := requests.Load(); n != 0 {
				t.Errorf("%d requests", n)
			}
			if f.Remedy() && !followed(t, f, dir, base, url, rest) {
				t.Errorf("nothing of this helps:\n%s", got.err)
			}
		})
	}
}
