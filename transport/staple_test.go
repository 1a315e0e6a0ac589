package transport

// OCSP responses that servers send along.

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// A responder signs what a test wants to hear.
type responder struct {
	issuer, by *tlstest.Signer
	embed      bool
}

func (r responder) answer(t testing.TB, template ocsp.Response) []byte {
	t.Helper()
	template.IssuerHash = max(template.IssuerHash, crypto.SHA1)
	if r.embed {
		template.Certificate = r.by.Cert
	}
	raw, err := ocsp.CreateResponse(r.issuer.Cert, r.by.Cert, template, r.by.Key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// ocspUse makes a certificate one for signing OCSP responses.
func ocspUse(c *x509.Certificate) {
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
}

// mustStapleExt is the extension of RFC 7633 that demands an OCSP response.
var mustStapleExt = pkix.Extension{Id: oidTLSFeature, Value: []byte{0x30, 3, 2, 1, 5}}

func demanding(c *x509.Certificate) {
	c.ExtraExtensions = append(c.ExtraExtensions, mustStapleExt)
}

func TestCheckStaple(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	root, other := tlstest.NewRoot(t, "root"), tlstest.NewRoot(t, "other")
	namesake := tlstest.NewRoot(t, "root")
	leaf := root.Leaf(t, "a.example")
	delegate := root.Leaf(t, "ocsp", ocspUse)
	tooOld := root.Leaf(t, "ocsp", ocspUse, tlstest.Days(-20, -10))
	server := root.Leaf(t, "ocsp")
	foreign := other.Leaf(t, "ocsp", ocspUse)
	// One key for two authorities, as an outsourced responder has it.
	shared := tlstest.Issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: "ocsp"}}, root, foreign.Key, ocspUse)

	const hour = time.Hour
	at := func(serial *big.Int, status int, from, to time.Duration) ocsp.Response {
		r := ocsp.Response{Status: status, SerialNumber: serial, ThisUpdate: now.Add(from)}
		if to != 0 {
			r.NextUpdate = now.Add(to)
		}
		if status == ocsp.Revoked {
			r.RevokedAt, r.RevocationReason = now.Add(-50*hour), ocsp.KeyCompromise
		}
		return r
	}
	good := at(leaf.Cert.SerialNumber, ocsp.Good, -hour, hour)
	with256 := good
	with256.IssuerHash = crypto.SHA256
	critical := good
	critical.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
	byRoot := responder{root, root, false}

	for name, c := range map[string]struct {
		by      responder
		say     ocsp.Response
		raw     []byte // in place of say
		issuers []*tlstest.Signer
		fault   tlserr.StapleFault // "": good
		until   time.Duration
		is      error
	}{
		"good":                              {by: byRoot, say: good, until: hour + clockSkew},
		"SHA-256":                           {by: byRoot, say: with256, until: hour + clockSkew},
		"the issuer's certificate with it":  {by: responder{root, root, true}, say: good, until: hour + clockSkew},
		"by a delegate":                     {by: responder{root, delegate, true}, say: good, until: hour + clockSkew},
		"one of two issuers":                {by: byRoot, say: good, issuers: []*tlstest.Signer{other, root}, until: hour + clockSkew},
		"undated":                           {by: byRoot, say: at(leaf.Cert.SerialNumber, ocsp.Good, -hour, 0), until: 23*hour + clockSkew},
		"a clock that is off":               {by: byRoot, say: at(leaf.Cert.SerialNumber, ocsp.Good, time.Minute, hour), until: hour + clockSkew},
		"another clock that is off":         {by: byRoot, say: at(leaf.Cert.SerialNumber, ocsp.Good, -hour, -time.Minute), until: -time.Minute + clockSkew},
		"undated, and old":                  {by: byRoot, say: at(leaf.Cert.SerialNumber, ocsp.Good, -25*hour, 0), fault: tlserr.StapleExpired},
		"expired":                           {by: byRoot, say: at(leaf.Cert.SerialNumber, ocsp.Good, -hour, -6*time.Minute), fault: tlserr.StapleExpired},
		"early":                             {by: byRoot, say: at(leaf.Cert.SerialNumber, ocsp.Good, 6*time.Minute, hour), fault: tlserr.StapleEarly},
		"unknown":                           {by: byRoot, say: at(leaf.Cert.SerialNumber, ocsp.Unknown, -hour, hour), fault: tlserr.StapleUnknown},
		"another serial number":             {by: byRoot, say: at(big.NewInt(7), ocsp.Good, -hour, hour), fault: tlserr.StapleForeign},
		"another issuer":                    {by: responder{other, other, false}, say: good, fault: tlserr.StapleForeign},
		"another issuer of the same name":   {by: responder{namesake, namesake, false}, say: good, fault: tlserr.StapleForeign},
		"about it, by another issuer":       {by: responder{root, namesake, false}, say: good, fault: tlserr.StapleForged},
		"by who is not charged":             {by: responder{root, server, true}, say: good, fault: tlserr.StapleForged},
		"by the server itself":              {by: responder{root, leaf, true}, say: good, fault: tlserr.StapleForged},
		"by another's delegate":             {by: responder{root, foreign, true}, say: good, fault: tlserr.StapleForged},
		"by a delegate of old":              {by: responder{root, tooOld, true}, say: good, fault: tlserr.StapleForged},
		"by a delegate who is not with it":  {by: responder{root, delegate, false}, say: good, fault: tlserr.StapleForged},
		"of another's, with our delegation": {by: responder{other, shared, true}, say: good, fault: tlserr.StapleForeign},
		"a critical extension":              {by: byRoot, say: critical, fault: tlserr.StapleMalformed},
		"no issuer":                         {by: byRoot, say: good, issuers: []*tlstest.Signer{}, fault: tlserr.StapleForeign},
		"garbage":                           {raw: []byte("OCSP"), fault: tlserr.StapleMalformed},
		"nothing":                           {raw: []byte{0x30, 0}, fault: tlserr.StapleMalformed},
		"trailing bytes":                    {raw: append(byRoot.answer(t, good), 0), fault: tlserr.StapleMalformed},
		"try later":                         {raw: ocsp.TryLaterErrorResponse, is: errSaysNothing},
		"unauthorized":                      {raw: ocsp.UnauthorizedErrorResponse, is: errSaysNothing},
	} {
		raw := c.raw
		if raw == nil {
			raw = c.by.answer(t, c.say)
		}
		issuers := []*x509.Certificate{root.Cert}
		if c.issuers != nil {
			issuers = nil
		}
		for _, s := range c.issuers {
			issuers = append(issuers, s.Cert)
		}
		until, err := checkStaple(raw, leaf.Cert, issuers, now)
		if c.fault == "" && c.is == nil {
			if err != nil || !until.Equal(now.Add(c.until)) {
				t.Errorf("%s: until %v, %v", name, until.Sub(now), err)
			}
			continue
		}
		if e, ok := err.(*tlserr.StapleError); !until.IsZero() || c.is != nil && err != c.is || c.is == nil && (!ok || e.Fault != c.fault) {
			t.Errorf("%s: %v %v, want %q", name, until, err, c.fault)
		}
	}

	for name, r := range map[string]ocsp.Response{
		"revoked":                  at(leaf.Cert.SerialNumber, ocsp.Revoked, -hour, hour),
		"revoked, and out of date": at(leaf.Cert.SerialNumber, ocsp.Revoked, -hour, -hour/2),
	} {
		_, err := checkStaple(byRoot.answer(t, r), leaf.Cert, []*x509.Certificate{root.Cert}, now)
		if e, ok := err.(*tlserr.RevokedError); !ok || e.Reason != 1 || !e.At.Equal(r.RevokedAt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := checkStaple(responder{root, namesake, false}.answer(t, at(leaf.Cert.SerialNumber, ocsp.Revoked, -hour, hour)), leaf.Cert, []*x509.Certificate{root.Cert}, now)
	if _, ok := err.(*tlserr.StapleError); !ok {
		t.Errorf("anybody can revoke: %v", err)
	}

	// Cut anywhere, or altered anywhere, it is not good.
	raw := responder{root, delegate, true}.answer(t, good)
	for i := range raw {
		if _, err := checkStaple(raw[:i], leaf.Cert, []*x509.Certificate{root.Cert}, now); err == nil {
			t.Errorf("cut after %d bytes it is good", i)
		}
		altered := bytes.Clone(raw)
		altered[i] ^= 1
		if _, err := checkStaple(altered, leaf.Cert, []*x509.Certificate{root.Cert}, now); err == nil {
			if res, err := ocsp.ParseResponse(altered, nil); err != nil || !bytes.Equal(res.TBSResponseData, mustParse(t, raw).TBSResponseData) {
				t.Errorf("altered at %d it is good", i)
			}
		}
	}
}

func mustParse(t *testing.T, raw []byte) *ocsp.Response {
	res, err := ocsp.ParseResponse(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Whatever a server staples, nothing but what the issuer has signed is good.
func FuzzCheckStaple(f *testing.F) {
	root := tlstest.NewRoot(f, "root")
	leaf, delegate := root.Leaf(f, "a.example"), root.Leaf(f, "ocsp", ocspUse)
	now := time.Now()
	good := ocsp.Response{SerialNumber: leaf.Cert.SerialNumber, ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(time.Hour)}
	signed := map[string]bool{}
	for _, r := range []responder{{root, root, false}, {root, root, true}, {root, delegate, true}} {
		raw := r.answer(f, good)
		res, err := ocsp.ParseResponse(raw, nil)
		if err != nil {
			f.Fatal(err)
		}
		signed[string(res.TBSResponseData)] = true
		f.Add(raw)
	}
	f.Add(ocsp.TryLaterErrorResponse)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := checkStaple(raw, leaf.Cert, []*x509.Certificate{root.Cert}, now); err != nil {
			return
		}
		if res, err := ocsp.ParseResponse(raw, nil); err != nil || !signed[string(res.TBSResponseData)] {
			t.Fatal("a forged response is good")
		}
	})
}

func TestMustStaple(t *testing.T) {
	for value, want := range map[string]bool{
		"\x30\x03\x02\x01\x05":             true,
		"\x30\x06\x02\x01\x11\x02\x01\x05": true,
		"\x30\x03\x02\x01\x11":             false, // status_request_v2, which nobody speaks
		"\x30\x00":                         false,
		"":                                 true,
		"garbage":                          true,
	} {
		c := &x509.Certificate{Extensions: []pkix.Extension{{Id: []int{2, 5, 29, 15}}, {Id: oidTLSFeature, Value: []byte(value)}}}
		if got := mustStaple(c); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
	if mustStaple(&x509.Certificate{}) {
		t.Error("without the extension")
	}
}

// A staplingServer sends what it is told to.
type staplingServer struct {
	addr string

	mu     sync.Mutex
	staple []byte

	full, resumed atomic.Int32
}

func newStaplingServer(t *testing.T, cert tls.Certificate, version uint16) *staplingServer {
	s := new(staplingServer)
	config := &tls.Config{
		MaxVersion: version,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			own := cert
			s.mu.Lock()
			defer s.mu.Unlock()
			own.OCSPStaple = s.staple
			return &own, nil
		},
		VerifyConnection: func(state tls.ConnectionState) error {
			if state.DidResume {
				s.resumed.Add(1)
			} else {
				s.full.Add(1)
			}
			return nil
		},
	}
	config.SetSessionTicketKeys([][32]byte{{1}})
	s.addr = serve(t, func(_ int, c net.Conn) {
		tc := tls.Server(c, config)
		r := newReader(tc)
		for {
			if _, err := readRequest(r); err != nil {
				return
			}
			if _, err := tc.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")); err != nil {
				return
			}
		}
	})
	return s
}

func (s *staplingServer) send(staple []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.staple = staple
}

func TestStaples(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	leaf, strict := root.Leaf(t, "a.example"), root.Leaf(t, "a.example", demanding)
	now := time.Now()
	say := func(s *tlstest.Signer, status int, to time.Duration) []byte {
		return responder{root, root, false}.answer(t, ocsp.Response{
			Status: status, SerialNumber: s.Cert.SerialNumber, ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(to), RevokedAt: now.Add(-time.Hour),
		})
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for name, c := range map[string]struct {
			cert     *tlstest.Signer
			staple   []byte
			over     Overrides
			fault    tlserr.StapleFault // "revoked"
			required bool
		}{
			"none":                      {cert: leaf},
			"none, and required":        {cert: leaf, over: Overrides{TLSSettings: &TLSSettings{RequireStaple: true}}, fault: tlserr.StapleMissing, required: true},
			"none, and demanded":        {cert: strict, fault: tlserr.StapleMissing, required: true},
			"try later":                 {cert: leaf, staple: ocsp.TryLaterErrorResponse},
			"try later, and demanded":   {cert: strict, staple: ocsp.TryLaterErrorResponse, fault: tlserr.StapleMissing, required: true},
			"good":                      {cert: leaf, staple: say(leaf, ocsp.Good, time.Hour)},
			"good, and required":        {cert: strict, staple: say(strict, ocsp.Good, time.Hour), over: Overrides{TLSSettings: &TLSSettings{RequireStaple: true}}},
			"revoked":                   {cert: leaf, staple: say(leaf, ocsp.Revoked, time.Hour), fault: "revoked"},
			"expired":                   {cert: leaf, staple: say(leaf, ocsp.Good, -time.Minute*10), fault: tlserr.StapleExpired},
			"garbage":                   {cert: leaf, staple: []byte("garbage"), fault: tlserr.StapleMalformed},
			"of another":                {cert: strict, staple: say(leaf, ocsp.Good, time.Hour), fault: tlserr.StapleForeign, required: true},
			"garbage, but insecure":     {cert: strict, staple: []byte("garbage"), over: Overrides{Insecure: true}},
			"garbage, trusted directly": {cert: leaf, staple: []byte("garbage"), over: Overrides{CA: caOf(t, leaf)}, fault: tlserr.StapleMalformed},
		} {
			t.Run(tls.VersionName(version)+" "+name, func(t *testing.T) {
				s := newStaplingServer(t, c.cert.Chain(), version)
				s.send(c.staple)
				tr := examined(t, &Transport{Dial: dialTo(s.addr)})
				o := c.over
				if o.CA == nil {
					o.CA = caOf(t, root)
				}
				if c.fault == "" {
					do(t, tr, with(t, "https://a.example/", &o))
					tr.CloseIdleConnections()
					do(t, tr, with(t, "https://a.example/", &o))
					if s.resumed.Load() != 1 {
						t.Errorf("%d full, %d resumed", s.full.Load(), s.resumed.Load())
					}
					return
				}
				for range 2 { // nor is a session kept of the first one (CVE-2024-0853)
					err := fails(t, tr, with(t, "https://a.example/", &o))
					if err.Phase != trace.TLS || err.Sent {
						t.Errorf("%+v", err)
					}
					if c.fault == "revoked" {
						if _, ok := errors.AsType[*tlserr.RevokedError](err); !ok {
							t.Error(err)
						}
					} else if e, ok := errors.AsType[*tlserr.StapleError](err); !ok || e.Fault != c.fault || e.Required != c.required {
						t.Errorf("%v, %+v", err, e)
					}
				}
				if s.resumed.Load() != 0 {
					t.Error("a session was resumed")
				}
			})
		}
	}
}

// A session whose OCSP response has expired is not resumed, which would fail: the full handshake
// brings a new one.
func TestSessionsEndWithTheirStaple(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	leaf := root.Leaf(t, "a.example")
	start := time.Now()
	var clock atomic.Int64 // since start
	say := func(from, to time.Duration) []byte {
		return responder{root, root, false}.answer(t, ocsp.Response{
			SerialNumber: leaf.Cert.SerialNumber, ThisUpdate: start.Add(from), NextUpdate: start.Add(to),
		})
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, own := range []tls.ClientSessionCache{nil, tls.NewLRUClientSessionCache(4)} {
			clock.Store(0)
			s := newStaplingServer(t, leaf.Chain(), version)
			tr := examined(t, &Transport{Dial: dialTo(s.addr), TLS: &tls.Config{
				RootCAs: caOf(t, root).Pool(), ClientSessionCache: own,
				Time: func() time.Time { return start.Add(time.Duration(clock.Load())) },
			}})
			for _, step := range []struct {
				at            time.Duration
				from, to      time.Duration
				full, resumed int32
			}{
				{0, -time.Hour, time.Hour, 1, 0},
				{time.Minute, -time.Hour, time.Hour, 1, 1},
				{50 * time.Minute, -time.Hour, time.Hour, 1, 2}, // the response is still the first one
				{70 * time.Minute, time.Hour, 3 * time.Hour, 2, 2},
				{71 * time.Minute, time.Hour, 3 * time.Hour, 2, 3},
			} {
				clock.Store(int64(step.at))
				s.send(say(step.from, step.to))
				tr.CloseIdleConnections()
				get(t, tr, "https://a.example/")
				if s.full.Load() != step.full || s.resumed.Load() != step.resumed {
					t.Errorf("%s at %v: %d full, %d resumed", tls.VersionName(version), step.at, s.full.Load(), s.resumed.Load())
				}
			}
		}
	}
}

// What a resumed session is checked for fails, too, and the session is gone afterwards.
func TestResumedSessionsAreChecked(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	leaf := root.Leaf(t, "a.example")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		s := newStaplingServer(t, leaf.Chain(), version)
		// A caller's own cache, in which there is a session of less demanding settings.
		shared := tls.NewLRUClientSessionCache(4)
		easy := examined(t, &Transport{Dial: dialTo(s.addr), TLS: &tls.Config{RootCAs: caOf(t, root).Pool(), ClientSessionCache: shared}})
		get(t, easy, "https://a.example/")
		h := &handshake{cache: shared, pins: parsePins(t, pinA)}
		for i := range 2 {
			nc, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			config := &tls.Config{ServerName: "a.example", RootCAs: caOf(t, root).Pool()}
			h.install(config)
			tc := tls.Client(nc, config)
			err = tc.Handshake()
			if _, ok := errors.AsType[*tlserr.PinError](err); !ok {
				t.Errorf("%v", err)
			}
			if resumed := tc.ConnectionState().DidResume; resumed != (i == 0) {
				t.Errorf("%s, %d: resumed %v", tls.VersionName(version), i, resumed)
			}
			nc.Close()
		}
	}
}
