package tlstest

// Servers that cannot agree with the client: versions, ciphers, client certificates, and
// those that are no TLS servers at all. The groups "protocol" and "cipher" of badssl.com.

import (
	"crypto/tls"
	"io"
	"net"
	"strconv"
	"testing"

	"example.com/godwit/tlserr"
)

// protocols are TLS servers of Go's with settings that the client does not like.
func (m *maker) protocols() {
	t, root := m.t, m.root
	good := root.Leaf(t, host).Chain()
	byRSA := Issue(t, server(host), root, RSAKey(t, 2048)).Chain()
	only := func(min, max uint16) func(*tls.Config) {
		return func(c *tls.Config) { c.MinVersion, c.MaxVersion = min, max }
	}
	ciphers := func(c *tls.Config, ids ...uint16) {
		c.Certificates = []tls.Certificate{byRSA}
		c.MaxVersion, c.CipherSuites = tls.VersionTLS12, ids
	}

	only(0, tls.VersionTLS10)(m.add(Fixture{Name: "tls-v1-0", Want: tlserr.NoCommonVersion}, good).Config)
	only(0, tls.VersionTLS11)(m.add(Fixture{Name: "tls-v1-1", Want: tlserr.NoCommonVersion}, good).Config)
	only(tls.VersionTLS13, 0)(m.add(Fixture{
		Name: "tls-v1-3-only", Want: tlserr.NoCommonVersion, Says: []string{"TLS 1.2"},
		Client: only(0, tls.VersionTLS12),
	}, good).Config)
	for _, c := range []struct {
		name   string
		cipher uint16
	}{
		{"rc4", tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA},
		{"rc4-rsa", tls.TLS_RSA_WITH_RC4_128_SHA},
		{"3des", tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA},
		{"static-rsa", tls.TLS_RSA_WITH_AES_128_GCM_SHA256},
	} {
		f := m.add(Fixture{Name: c.name, Want: tlserr.NoCommonCipher, Raw: tlserr.Refused}, byRSA)
		ciphers(f.Config, c.cipher)
	}

	clients := NewRoot(t, "Client issuer")
	wants := func(name string, version uint16, raw tlserr.Cause, client func(*tls.Config)) {
		mine := clients.Client(t, "me")
		f := m.add(Fixture{
			Name: name, Want: tlserr.ClientCertificate, Raw: raw, Says: []string{`"Client issuer"`},
			ClientCert: mine.PEM(), ClientKey: mine.KeyPEM(t), Client: client,
		}, good)
		f.Config.ClientAuth, f.Config.ClientCAs = tls.RequireAndVerifyClientCert, pool(clients.PEM())
		f.Config.MaxVersion = version
	}
	wants("client-cert-missing", 0, "", nil)
	wants("client-cert-missing-tls-v1-2", tls.VersionTLS12, tlserr.Refused, nil)
	stranger := NewRoot(t, "Strange issuer").Client(t, "stranger").Chain()
	wants("client-cert-of-another-issuer", 0, "", func(c *tls.Config) {
		c.Certificates = []tls.Certificate{stranger} // which crypto/tls then does not send
	})
	wants("client-cert-refused", 0, "", func(c *tls.Config) {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &stranger, nil }
	})
	late := clients.Client(t, "late", Days(-30, -3)).Chain()
	wants("client-cert-expired", 0, "", func(c *tls.Config) { c.Certificates = []tls.Certificate{late} })
}

// The parts of what servers say that are written by hand.
const (
	recordAlert     = 21
	recordHandshake = 22

	alertCloseNotify       = 0
	alertUnexpectedMessage = 10
	alertProtocolVersion   = 70
	alertHandshakeFailure  = 40
	alertUnrecognizedName  = 112
)

// page is what servers answer in HTTP that are written by hand.
var page = "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(Body)) + "\r\n\r\n" + Body

// raw are servers that are written by hand.
func (m *maker) raw() {
	random := make([]byte, 32)
	downgraded := append(make([]byte, 24), "DOWNGRD\x01"...) // RFC 8446 4.1.3
	const sslV3, tlsV10, tlsV12 = 0x300, tls.VersionTLS10, tls.VersionTLS12
	const anonymous, nothing, dhe, rc4MD5 = 0x0018, 0x0001, 0x0033, 0x0004

	says := func(name string, want, raw tlserr.Cause, words []string, answer ...[]byte) *Fixture {
		return m.keep(Fixture{Name: name, Want: want, Raw: raw, Says: words, Serve: func(nc net.Conn) {
			if readHello(nc) == nil {
				return
			}
			for _, piece := range answer {
				if _, err := nc.Write(piece); err != nil {
					return
				}
			}
			drain(nc)
		}})
	}
	says("ssl-v2", tlserr.NoCommonVersion, "", []string{"SSL 2.0"}, []byte{0x80, 0x03, 0, 0, 1})
	says("ssl-v3", tlserr.NoCommonVersion, tlserr.Other, []string{"SSL 3.0"}, serverHello(sslV3, random, rc4MD5))
	says("ssl-v3-alert", tlserr.NoCommonVersion, tlserr.Refused, []string{"SSL 3.0"}, alert(sslV3, alertHandshakeFailure))
	says("tls-v1-0-chosen", tlserr.NoCommonVersion, tlserr.Other, []string{"TLS 1.0"}, serverHello(tlsV10, random, dhe))

	for _, name := range []string{"dh480", "dh512", "dh1024", "dh2048", "dh-composite", "dh-small-subgroup", "null", "rc4-md5"} {
		says(name, tlserr.NoCommonCipher, tlserr.Refused, nil, alert(tlsV12, alertHandshakeFailure))
	}
	says("dh2048-chosen", tlserr.NoCommonCipher, tlserr.Other, []string{"0x0033"}, serverHello(tlsV12, random, dhe))
	says("null-chosen", tlserr.NoCommonCipher, tlserr.Other, []string{"0x0001"}, serverHello(tlsV12, random, nothing))
	says("anonymous-chosen", tlserr.NoCommonCipher, tlserr.Other, []string{"0x0018"}, serverHello(tlsV12, random, anonymous)) // GHSA-c6cw-pr89-w882
	says("downgrade", tlserr.Downgrade, tlserr.Other, []string{"TLS 1.2"}, serverHello(tlsV12, downgraded, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256))
	says("unknown-host", tlserr.Refused, "", []string{"knows no such host name"}, alert(tlsV12, alertUnrecognizedName))

	m.keep(Fixture{
		Name: "plain-http", Want: tlserr.NotTLS, Says: []string{"plain HTTP", "http://"}, Fix: "http://",
		Serve: func(nc net.Conn) {
			answer, first := "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", make([]byte, 4<<10)
			if n, err := nc.Read(first); err != nil || n == 0 {
				return
			}
			if first[0] != recordHandshake {
				answer = page
			}
			if _, err := io.WriteString(nc, answer); err == nil {
				drain(nc)
			}
		},
	})
	says("plain-then-end", tlserr.NotTLS, "", nil, []byte("HTTP/1.1 200 OK\r\n\r\nhello")) // CVE-2023-40217
	says("ssh", tlserr.NotTLS, "", []string{"SSH"}, []byte("SSH-2.0-OpenSSH_9.9\r\n"))
	says("smtp", tlserr.NotTLS, "", []string{`"220 m`}, []byte("220 mail.example ESMTP\r\n"))
	says("garbage", tlserr.NotTLS, "", []string{`\x1b`}, []byte("\x1b[2J\x00\xff\x07"))
	says("garbage-after-hello", tlserr.Broken, "", nil,
		serverHello(tlsV12, random, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), []byte("\x1b[2J\x00\xff\x07"))
	says("close-notify", tlserr.Closed, "", nil, alert(tlsV12, alertCloseNotify))

	m.keep(Fixture{Name: "closed", Want: tlserr.Closed, Says: []string{"closed"}, Serve: func(net.Conn) {}})
	m.keep(Fixture{Name: "closed-after-hello", Want: tlserr.Closed, Says: []string{"closed"}, Serve: func(nc net.Conn) { readHello(nc) }})
	m.keep(Fixture{Name: "reset", Want: tlserr.Closed, Says: []string{"closed"}, Serve: func(nc net.Conn) {
		readHello(nc)
		if tc, ok := nc.(*net.TCPConn); ok {
			_ = tc.SetLinger(0) // Close resets
		}
	}})
	good := m.root.Leaf(m.t, host).Chain()
	m.keep(Fixture{
		Name: "large-hello", Want: tlserr.Closed, Says: []string{"X25519MLKEM768"}, Fix: "no post-quantum key exchange",
		Serve: func(nc net.Conn) {
			hello := readHello(nc)
			if len(hello) > 1300 { // more than one packet: some middle-boxes do no better
				return
			}
			tc := tls.Server(&started{nc, hello}, &tls.Config{Certificates: []tls.Certificate{good}})
			if _, err := tc.Read(make([]byte, 4<<10)); err != nil {
				return
			}
			if _, err := io.WriteString(tc, page); err == nil {
				drain(tc)
			}
		},
	})
	// The server's end of a handshake, cut in the middle of its certificate.
	m.keep(Fixture{Name: "cut", Want: tlserr.Closed, Says: []string{"closed"}, Serve: CutAfter(300, &tls.Config{Certificates: []tls.Certificate{good}})})
}

// OnlyTLS returns TLS servers that are asked in plain HTTP and answer with an alert. The URL
// is one of http.
func OnlyTLS(t testing.TB) []*Fixture {
	t.Helper()
	m := &maker{t: t, root: NewRoot(t, "Godwit test root")}
	for _, a := range []struct {
		name        string
		version     uint16
		description byte
	}{
		{"protocol-version", tls.VersionTLS12, alertProtocolVersion},
		{"unexpected-message", tls.VersionTLS12, alertUnexpectedMessage},
		{"handshake-failure", tls.VersionTLS10, alertHandshakeFailure},
		{"ssl-v3", 0x300, alertHandshakeFailure},
	} {
		m.keep(Fixture{
			Name: a.name, Scheme: "http", Want: tlserr.OnlyTLS, Says: []string{"https://"}, Fix: "https://",
			Serve: func(nc net.Conn) {
				if _, err := nc.Read(make([]byte, 1<<10)); err == nil {
					_, _ = nc.Write(alert(a.version, a.description))
					drain(nc)
				}
			},
		})
	}
	return m.fixtures
}
