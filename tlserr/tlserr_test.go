package tlserr_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/godwit/tlserr"
)

const clock = "is this machine's clock (2026-11-20 16:39 UTC) right?"

func TestCertificates(t *testing.T) {
	ca := newCA(t, "Godwit test CA", nil)
	other := newCA(t, "Another CA", nil)
	between := newCA(t, "Intermediate", ca)
	stale := issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "Stale"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.AddDate(-3, 0, 0), NotAfter: now.AddDate(-1, 0, 0),
	}, ca)
	leaf := func(c x509.Certificate, by *signer) *signer {
		if c.DNSNames == nil {
			c.DNSNames = []string{"a.example"}
		}
		return issue(t, &c, by)
	}
	valid := func(from, to time.Duration) x509.Certificate {
		return x509.Certificate{NotBefore: now.Add(from), NotAfter: now.Add(to)}
	}
	const day = 24 * time.Hour
	good := leaf(x509.Certificate{}, ca)

	for _, test := range []struct {
		name  string
		roots *signer
		sent  tls.Certificate
		cause tlserr.Cause
		at    int // which of the chain is at fault
		line  string
	}{
		{
			"expired", ca, leaf(valid(-30*day, -3*day), ca).chain(),
			tlserr.Expired, 0, "certificate expired 3 days ago (2026-11-17; " + clock + ")",
		},
		{
			"expired a moment ago", ca, leaf(valid(-day, -time.Second), ca).chain(),
			tlserr.Expired, 0, "certificate expired 1 second ago (2026-11-20 16:38 UTC; " + clock + ")",
		},
		{
			"expired long ago", ca, leaf(valid(-3000*day, -1500*day), ca).chain(),
			tlserr.Expired, 0, "certificate expired 4 years ago (2022-10-12; " + clock + ")",
		},
		{
			"not yet valid", ca, leaf(valid(5*time.Hour, 30*day), ca).chain(),
			tlserr.NotYetValid, 0, "certificate is not valid before 2026-11-20 21:39 UTC, in 5 hours (" + clock + ")",
		},
		{
			"wrong name", ca, leaf(x509.Certificate{DNSNames: []string{"b.example", "*.c.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, ca).chain(),
			tlserr.NameMismatch, 0, `certificate is for "b.example", "*.c.example", "127.0.0.1", not for "a.example"`,
		},
		{
			"common name only", ca, issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: "a.example"}}, ca).chain(),
			tlserr.NameMismatch, 0, `certificate names no host, not for "a.example"`,
		},
		{
			"unknown issuer", other, good.chain(),
			tlserr.UnknownIssuer, 0, `certificate of a.example:443 is signed by an unknown issuer "Godwit test CA"`,
		},
		{
			"unknown issuer above an intermediate", other, leaf(x509.Certificate{}, between).chain(between),
			tlserr.UnknownIssuer, 1, `certificate of a.example:443 is signed by an unknown issuer "Godwit test CA"`,
		},
		{
			"intermediate not sent", ca, leaf(x509.Certificate{}, between).chain(),
			tlserr.UnknownIssuer, 0, `certificate of a.example:443 is signed by an unknown issuer "Intermediate"`,
		},
		{
			"issuer expired", ca, leaf(x509.Certificate{}, stale).chain(stale),
			tlserr.Expired, 1, `certificate of the issuer "Stale" expired 365 days ago (2025-11-20; ` + clock + ")",
		},
		{
			"self-signed", ca, leaf(x509.Certificate{Subject: pkix.Name{CommonName: "me"}}, nil).chain(),
			tlserr.SelfSigned, 0, "certificate of a.example:443 is signed by itself",
		},
		{
			"not self-signed, though it says so", other,
			leaf(x509.Certificate{Subject: pkix.Name{CommonName: "Godwit test CA"}}, ca).chain(),
			tlserr.UnknownIssuer, 0, `certificate of a.example:443 is signed by an unknown issuer "Godwit test CA"`,
		},
		{
			"meant for clients", ca, leaf(x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, ca).chain(),
			tlserr.WrongUsage, 0, "certificate of a.example:443 is not acceptable: it is not meant for TLS servers",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := handshake(t, trusting(test.roots, "a.example"), &tls.Config{Certificates: []tls.Certificate{test.sent}})
			err := tlserr.From(raw, "a.example:443", now)
			e, ok := errors.AsType[*tlserr.Error](err)
			if !ok {
				t.Fatalf("%T %v, want a *tlserr.Error", err, err)
			}
			if e.Cause != test.cause || !e.Cause.Certificate() {
				t.Errorf("cause %q, want %q", e.Cause, test.cause)
			}
			if e.Error() != test.line {
				t.Errorf("got  %s\nwant %s", e, test.line)
			}
			if len(e.Chain) != len(test.sent.Certificate) {
				t.Errorf("%d certificates in the chain, %d were sent", len(e.Chain), len(test.sent.Certificate))
			}
			if e.Cert == nil || !e.Cert.Equal(e.Chain[test.at]) {
				t.Errorf("at fault is not number %d of the chain", test.at)
			}
			if !errors.Is(err, raw) {
				t.Error("the original error is lost")
			}
		})
	}

	t.Run("a good one", func(t *testing.T) {
		raw := handshake(t, trusting(ca, "a.example"), &tls.Config{Certificates: []tls.Certificate{good.chain()}})
		if err := tlserr.From(raw, "a.example:443", now); err != nil {
			t.Fatal(err)
		}
	})
}

func TestHandshakes(t *testing.T) {
	ca := newCA(t, "Godwit test CA", nil)
	good := issue(t, &x509.Certificate{DNSNames: []string{"a.example"}}, ca)
	server := func(change func(*tls.Config)) *tls.Config {
		cfg := &tls.Config{Certificates: []tls.Certificate{good.chain()}, Time: func() time.Time { return now }}
		change(cfg)
		return cfg
	}
	client := func(change func(*tls.Config)) *tls.Config {
		cfg := trusting(ca, "a.example")
		cfg.Time = func() time.Time { return now }
		change(cfg)
		return cfg
	}
	same := func(*tls.Config) {}
	unknownClient := issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "someone"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, nil).chain()

	// says reads the ClientHello and answers with a text.
	says := func(answer string) func(net.Conn) {
		return func(nc net.Conn) {
			nc.Read(make([]byte, 1))
			io.WriteString(nc, answer)
		}
	}
	for _, test := range []struct {
		name   string
		err    error
		cause  tlserr.Cause
		alert  uint8
		line   string
		remedy bool
	}{
		{
			"plain HTTP", against(t, client(same), says("HTTP/1.1 400 Bad Request\r\n\r\n")),
			tlserr.NotTLS, 0, "a.example:443 answered in plain HTTP, not TLS", true,
		},
		{
			"another protocol", against(t, client(same), says("\x1b[2J-2.0-server\r\n")),
			tlserr.NotTLS, 0, `a.example:443 does not speak TLS (its answer begins with "\x1b[2J-")`, true,
		},
		{
			"old version", handshake(t, client(same), server(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 })),
			tlserr.NoCommonVersion, 70, "a.example:443 takes none of the TLS versions offered", true,
		},
		{
			"no common cipher", handshake(t,
				client(func(c *tls.Config) {
					c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
				}),
				server(func(c *tls.Config) { c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384} })),
			tlserr.Refused, 40, "a.example:443 refused the TLS handshake: nothing offered suits it, or it wants a client certificate", false,
		},
		{
			"no common protocol", handshake(t,
				client(func(c *tls.Config) { c.NextProtos = []string{"h2"} }),
				server(func(c *tls.Config) { c.NextProtos = []string{"other"} })),
			tlserr.Refused, 120, "a.example:443 refused the TLS handshake: it speaks none of the protocols offered (ALPN)", true,
		},
		{
			"client certificate missing", handshake(t,
				client(func(c *tls.Config) { c.MinVersion = readAfter }),
				server(func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })),
			tlserr.ClientCertificate, 116, "a.example:443 asks for a client certificate", true,
		},
		{
			"client certificate of an unknown issuer", handshake(t,
				client(func(c *tls.Config) {
					c.MaxVersion, c.Certificates = tls.VersionTLS12, []tls.Certificate{unknownClient}
					// Go's client sends only what the server's list of issuers allows.
					c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &unknownClient, nil }
				}),
				server(func(c *tls.Config) {
					c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, trusting(ca, "").RootCAs
				})),
			tlserr.ClientCertificate, 48, "a.example:443 refused the client certificate, or wants one: its issuer is unknown there", true,
		},
		{
			"closed", against(t, client(same), func(nc net.Conn) { nc.Read(make([]byte, 1)) }),
			tlserr.Closed, 0, "a.example:443 closed the connection during the TLS handshake", false,
		},
		{
			"reset", &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", errors.New("connection reset by peer"))},
			tlserr.Closed, 0, "a.example:443 closed the connection during the TLS handshake: connection reset by peer", false,
		},
		{
			"anything else", errors.New("tls: \x1b[31msurprise\u202e"),
			tlserr.Other, 0, `tls: \x1b[31msurprise\u202e`, false,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := tlserr.From(test.err, "a.example:443", now)
			e, ok := errors.AsType[*tlserr.Error](err)
			if !ok {
				t.Fatalf("%T %v, want a *tlserr.Error", err, err)
			}
			if e.Cause != test.cause || e.Alert != test.alert {
				t.Errorf("cause %q, alert %d; want %q, %d (%v)", e.Cause, e.Alert, test.cause, test.alert, test.err)
			}
			if e.Error() != test.line {
				t.Errorf("got  %s\nwant %s", e, test.line)
			}
			if e.Cause.Certificate() || e.Chain != nil {
				t.Error("it is laid on the server's certificate")
			}
			if has := strings.Contains(e.Explain(), "what to do"); has != test.remedy {
				t.Errorf("remedy: %v, want %v", has, test.remedy)
			}
		})
	}
}

func TestPassedThrough(t *testing.T) {
	mine := tlserr.From(io.EOF, "", now)
	for _, err := range []error{
		nil, context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded, net.ErrClosed,
		fmt.Errorf("reading: %w", context.Canceled), &net.DNSError{IsTimeout: true}, mine,
	} {
		if got := tlserr.From(err, "a.example", now); got != err {
			t.Errorf("From(%v) = %v", err, got)
		}
	}
}

// Errors that other programs build by hand need not have a certificate in them.
func TestWithoutCertificate(t *testing.T) {
	for _, err := range []error{
		x509.UnknownAuthorityError{},
		x509.HostnameError{Host: "c.example"},
		x509.UnhandledCriticalExtension{},
		x509.CertificateInvalidError{Reason: x509.Expired},
		x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign},
	} {
		e, ok := errors.AsType[*tlserr.Error](tlserr.From(err, "", now))
		if !ok || !e.Cause.Certificate() || e.Chain != nil {
			t.Errorf("%#v became %#v", err, e)
			continue
		}
		if line := e.Error(); line == "" || strings.Contains(line, "  ") || strings.HasSuffix(line, " ") {
			t.Errorf("%q", line)
		}
	}
}

func TestExplain(t *testing.T) {
	ca := newCA(t, "Godwit test CA", nil)
	leaf := issue(t, &x509.Certificate{Subject: pkix.Name{Organization: []string{"An Organisation"}}, DNSNames: []string{"a.example"}}, ca)
	self := issue(t, &x509.Certificate{DNSNames: []string{"a.example"}}, nil)
	stale := issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "Stale"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.AddDate(-3, 0, 0), NotAfter: now.AddDate(-1, 0, 0),
	}, ca)
	underStale := issue(t, &x509.Certificate{DNSNames: []string{"a.example"}}, stale)

	for _, test := range []struct {
		name  string
		roots *signer
		sent  tls.Certificate
		want  []string
	}{
		{"unknown issuer", nil, leaf.chain(), []string{
			`  1. subject "An Organisation", issuer "Godwit test CA"` + "\n" + `     is for "a.example"` + "\n",
			"     valid from 2026-10-21 to 2027-01-19\n",
			"     signed by \"Godwit test CA\", which was not sent  <- here it breaks\n",
			"  - The server sent no issuer's certificate;",
			`godwit.CA("ca.pem")`, "--verify=ca.pem",
		}},
		{"self-signed", ca, self.chain(), []string{
			"  1. subject without a name, issuer without a name\n",
			`godwit.CA("server.pem")`, "--verify=server.pem", "as its owner confirms by the sha256 above",
		}},
		{"stale issuer", ca, underStale.chain(stale), []string{
			"     signed by number 2\n", "     signed by \"Godwit test CA\" (not sent)\n",
			"  2. subject \"Stale\", issuer \"Godwit test CA\"\n     valid from 2023-11-20 to 2025-11-20 (expired)\n",
			"  - Set this machine's clock if it is wrong.",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := handshake(t, trusting(test.roots, "a.example"), &tls.Config{Certificates: []tls.Certificate{test.sent}})
			e, _ := errors.AsType[*tlserr.Error](tlserr.From(raw, "a.example:443", now))
			text := e.Explain()
			if !strings.HasPrefix(text, e.Error()+"\n") {
				t.Error("it does not begin with the cause")
			}
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if strings.Contains(strings.ToLower(text), "insecure") || strings.Contains(text, "--verify=no") {
				t.Errorf("it advises to verify nothing:\n%s", text)
			}
		})
	}
}
