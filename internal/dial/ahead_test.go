package dial

import (
	"crypto/tls"
	"io"
	"net"
	"testing"
)

// Bytes that came in one record with others that were read are found; looking for them
// harms nothing if there are none.
func TestDecryptedAhead(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			server, client := certificate(t)
			client.MinVersion, client.MaxVersion = version, version
			nc := peer(t, func(nc net.Conn) {
				tc := tls.Server(nc, server)
				io.Copy(tc, tc)
			})
			tc, err := Handshake(t.Context(), nc, client, "a.example:443", nil)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 2)
			read := int64(0)
			for i := range 3 {
				io.WriteString(tc, "ab")
				if _, err := io.ReadFull(tc, got); err != nil || string(got) != "ab" {
					t.Fatalf("%q, %v", got, err)
				}
				read += 2
				if known := countsOf(tc) != nil && countsOf(tc).allRead(read); known != (version == tls.VersionTLS13 && i > 0) {
					t.Errorf("round %d: known without asking: %v", i, known)
				}
				if DecryptedAhead(tc, read) {
					t.Fatal("bytes found where all were read")
				}
			}
			io.WriteString(tc, "abc")
			if _, err := io.ReadFull(tc, got); err != nil {
				t.Fatal(err)
			}
			if !DecryptedAhead(tc, read+2) {
				t.Error("a byte that nobody has read was not found")
			}
		})
	}
	if DecryptedAhead(&fakeConn{}, 0) || DecryptedAhead(tls.Client(&fakeConn{}, nil), 0) {
		t.Error("bytes found on a connection that is not ours")
	}
}
