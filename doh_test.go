package godwit

// DNS over HTTPS, against a server in this process: no resolver that speaks it by itself is small
// enough to be started here.

import (
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// A dnsServer answers queries as its zone says, and notes them.
type dnsServer struct {
	zone map[string][]string // "name type" → addresses, or "CNAME name"; not there: NXDOMAIN
	ttl  uint32

	mu    sync.Mutex // guards the following
	asked []string   // "POST name type"
}

func (s *dnsServer) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

func (s *dnsServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var msg []byte
	var err error
	switch r.Method {
	case "GET":
		msg, err = base64.RawURLEncoding.DecodeString(r.URL.Query().Get("dns"))
	case "POST":
		msg, err = io.ReadAll(r.Body)
	}
	if err != nil || r.Header.Get("Accept") != typeDNS || r.Method == "POST" && r.Header.Get("Content-Type") != typeDNS {
		http.Error(w, "not a query", http.StatusBadRequest)
		return
	}
	var q dnsmessage.Message
	if err := q.Unpack(msg); err != nil || len(q.Questions) != 1 || len(msg)%128 != 0 || q.ID != 0 {
		http.Error(w, "not a query", http.StatusBadRequest)
		return
	}
	name := strings.TrimSuffix(q.Questions[0].Name.String(), ".")
	typ := strings.TrimPrefix(q.Questions[0].Type.String(), "Type")
	s.mu.Lock()
	s.asked = append(s.asked, r.Method+" "+name+" "+typ)
	s.mu.Unlock()
	w.Header().Set("Content-Type", typeDNS)
	w.Write(s.answer(&q, name, typ))
}

func (s *dnsServer) answer(q *dnsmessage.Message, name, typ string) []byte {
	reply := dnsmessage.Message{Header: dnsmessage.Header{Response: true, RecursionAvailable: true, RCode: dnsmessage.RCodeNameError}, Questions: q.Questions}
	for known := range s.zone {
		if strings.HasPrefix(known, name+" ") {
			reply.RCode = dnsmessage.RCodeSuccess
		}
	}
	h := dnsmessage.ResourceHeader{Name: q.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: s.ttl}
	for _, text := range s.zone[name+" "+typ] {
		var body dnsmessage.ResourceBody
		if target, ok := strings.CutPrefix(text, "CNAME "); ok {
			n := dnsmessage.MustNewName(target + ".")
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.CNAMEResource{CNAME: n}})
			h.Name = n
			continue
		}
		switch a, err := netip.ParseAddr(text); {
		case err != nil:
			s := &dnsmessage.HTTPSResource{}
			s.Priority, s.Target = 1, dnsmessage.MustNewName(text)
			s.SetParam(dnsmessage.SVCParamALPN, []byte("\x02h3\x02h2"))
			s.SetParam(dnsmessage.SVCParamECH, []byte("ech"))
			body = s
		case a.Is4():
			body = &dnsmessage.AResource{A: a.As4()}
		default:
			body = &dnsmessage.AAAAResource{AAAA: a.As16()}
		}
		reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: h, Body: body})
	}
	if len(reply.Answers) == 0 {
		h.Name = dnsmessage.MustNewName("example.")
		reply.Authorities = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.SOAResource{NS: h.Name, MBox: h.Name, MinTTL: s.ttl}}}
	}
	msg, err := reply.Pack()
	if err != nil {
		panic(err)
	}
	return msg
}

// inProcess returns a DoH whose queries go to the handler without a network.
func inProcess(h http.Handler) *DoH {
	return &DoH{URL: "https://dns.example/dns-query", Session: &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
		if err := req.Context().Err(); err != nil {
			return nil, err
		}
		if req.Body == nil {
			req = req.Clone(req.Context())
			req.Body = http.NoBody
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		if err := req.Context().Err(); err != nil {
			return nil, err
		}
		return w.Result(), nil
	})}}
}

func TestDoHLookup(t *testing.T) {
	s := &dnsServer{ttl: 60, zone: map[string][]string{
		"a.example A": {"192.0.2.1", "192.0.2.2"}, "a.example AAAA": {"2001:db8::1"},
		"four.example A":  {"192.0.2.4"},
		"alias.example A": {"CNAME x.example", "CNAME y.example", "192.0.2.9"}, "alias.example AAAA": {"CNAME x.example"},
		"empty.example TXT":            {},
		"xn--bcher-kva.example A":      {"192.0.2.5"},
		"_8443._https.a.example HTTPS": {"."},
	}}
	for _, form := range []string{"POST", "GET"} {
		for _, c := range []struct {
			network, host string
			want          string // of the addresses, or of the error
			asked         int
		}{
			{"ip", "a.example", "[2001:db8::1 192.0.2.1 192.0.2.2]", 2},
			{"ip", "A.Example.", "[2001:db8::1 192.0.2.1 192.0.2.2]", 2},
			{"ip4", "a.example", "[192.0.2.1 192.0.2.2]", 1},
			{"ip6", "a.example", "[2001:db8::1]", 1},
			{"ip", "four.example", "[192.0.2.4]", 2},
			{"ip6", "four.example", "!no such host", 1},
			{"ip", "alias.example", "[192.0.2.9]", 2},
			{"ip", "bücher.example", "[192.0.2.5]", 2},
			{"ip", "empty.example", "!no such host", 2},
			{"ip", "none.example", "!no such host", 2},
			{"ip", "localhost", "[127.0.0.1 ::1]", 0},
			{"ip6", "a.localhost.", "[::1]", 0},
			{"ip", "192.0.2.7", "[192.0.2.7]", 0},
			{"ip", "::1", "[::1]", 0},
			{"ip4", "::1", "!no such host", 0},
			{"ip", "facebookcorewwwi.onion", "!names of Tor are not looked up (RFC 7686)", 0},
			{"ip", "127.1", `!host "127.1" is not an address, not a name`, 0},
			{"ip", "a b", `!host "a b" has a character that no host name may have`, 0},
			{"tcp", "a.example", "!unknown network tcp", 0},
		} {
			d := inProcess(s)
			if form == "GET" {
				d.URL += getForm
			}
			addrs, err := d.LookupNetIP(t.Context(), c.network, c.host)
			got := fmt.Sprint(addrs)
			if err != nil {
				got = "!" + err.Error()
				if e, ok := errors.AsType[*net.DNSError](err); ok {
					got = "!" + e.Err
					if !e.IsNotFound {
						t.Errorf("%s %s: %+v", c.network, c.host, e)
					}
				}
			}
			asked := s.took()
			if got != c.want || len(asked) != c.asked {
				t.Errorf("%s %s: %s, asked %q; want %s", c.network, c.host, got, asked, c.want)
			}
			for _, a := range asked {
				if !strings.HasPrefix(a, form) {
					t.Errorf("%s: asked %s", form, a)
				}
			}
		}
		d := inProcess(s)
		records, err := d.LookupHTTPS(t.Context(), "_8443._https.a.example")
		want := []transport.HTTPSRecord{{Priority: 1, ALPN: []string{"h3", "h2"}, ECH: []byte("ech"), TTL: time.Minute}}
		if err != nil || !reflect.DeepEqual(records, want) {
			t.Errorf("%+v, %v", records, err)
		}
		if records, err := d.LookupHTTPS(t.Context(), "a.example"); err != nil || records != nil {
			t.Errorf("%+v, %v", records, err)
		}
		if _, err := d.LookupHTTPS(t.Context(), "none.example"); !isNotFound(err) {
			t.Errorf("%v", err)
		}
		if records, err := d.LookupHTTPS(t.Context(), "127.0.0.1"); err != nil || records != nil {
			t.Errorf("%+v, %v", records, err)
		}
		s.took()
	}
}

func isNotFound(err error) bool {
	e, ok := errors.AsType[*net.DNSError](err)
	return ok && e.IsNotFound
}

// What is kept, for how long, and how much of it.
func TestDoHKeepsAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &dnsServer{zone: map[string][]string{"a.example A": {"192.0.2.1"}, "b.example A": {"192.0.2.2"}}}
		for _, c := range []struct {
			ttl  uint32
			host string
			kept time.Duration
		}{
			{0, "a.example", 0},
			{60, "a.example", time.Minute},
			{1 << 30, "a.example", time.Hour},
			{1 << 31, "a.example", 0}, // RFC 2181 8
			{60, "none.example", time.Minute},
			{3600, "none.example", 5 * time.Minute},
			{0, "none.example", 0},
		} {
			s.ttl = c.ttl
			d := inProcess(s)
			ask := func() int {
				_, err := d.LookupNetIP(t.Context(), "ip4", c.host)
				if (err == nil) != (c.host == "a.example") {
					t.Errorf("%+v: %v", c, err)
				}
				return len(s.took())
			}
			if n := ask(); n != 1 {
				t.Errorf("%+v: asked %d times", c, n)
			}
			if c.kept > 0 {
				time.Sleep(c.kept - 1)
				if n := ask(); n != 0 {
					t.Errorf("%+v: asked %d times before it was over", c, n)
				}
				time.Sleep(time.Nanosecond)
			}
			if n := ask(); n != 1 {
				t.Errorf("%+v: asked %d times after it was over", c, n)
			}
		}
		s.ttl, s.zone = 3600, map[string][]string{}
		for i := range 3000 {
			s.zone[fmt.Sprintf("h%d.example A", i)] = []string{"192.0.2.1"}
		}
		d := inProcess(s)
		for i := range 3000 {
			if _, err := d.LookupNetIP(t.Context(), "ip4", fmt.Sprintf("h%d.example", i)); err != nil {
				t.Fatal(err)
			}
			if _, err := d.LookupNetIP(t.Context(), "ip4", "h0.example"); err != nil { // is used all the time, and stays
				t.Fatal(err)
			}
		}
		if n := len(d.memory.all); n != mostAnswers || d.memory.byUse.Len() != n {
			t.Errorf("%d are kept", n)
		}
		if n := len(s.took()); n != 3000 {
			t.Errorf("asked %d times", n)
		}
	})
}

// Whatever the server says, the error is a *net.DNSError, and soon.
func TestDoHHostileAnswers(t *testing.T) {
	good := (&dnsServer{ttl: 60}).answer(&dnsmessage.Message{Questions: []dnsmessage.Question{
		{Name: dnsmessage.MustNewName("a.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
	}}, "none", "A")
	answer := func(status int, contentType string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			w.Write(body)
		}
	}
	altered := func(at int, b byte) []byte {
		msg := append([]byte(nil), good...)
		msg[at] = b
		return msg
	}
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want string
	}{
		"400": {answer(400, typeDNS, good), "the server answered 400 Bad Request"},
		"404": {answer(404, typeDNS, good), "the server answered 404 Not Found"},
		"500": {answer(500, typeDNS, good), "the server answered 500 Internal Server Error"},
		"503": {answer(503, typeDNS, good), "the server answered 503 Service Unavailable"},
		"204": {answer(204, typeDNS, nil), "the server answered 204 No Content"},
		"599": {answer(599, typeDNS, good), "the server answered 599"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://other.example/", http.StatusTemporaryRedirect)
		}, "the server answered 307 Temporary Redirect"},
		"HTML":              {answer(200, "text/html", []byte("<html>log in here")), "the server's answer is no application/dns-message"},
		"JSON":              {answer(200, "application/dns-json", []byte("{}")), "the server's answer is no application/dns-message"},
		"no type":           {answer(200, "", good), "the server's answer is no application/dns-message"},
		"empty":             {answer(200, typeDNS, nil), "the answer is malformed"},
		"garbage":           {answer(200, typeDNS, []byte("garbage garbage garbage")), "it is no answer to the query"},
		"a query":           {answer(200, typeDNS, altered(2, 0)), "it is no answer to the query"},
		"another ID":        {answer(200, typeDNS, altered(1, 1)), "it is no answer to the query"},
		"another question":  {answer(200, typeDNS, altered(13, 'b')), "it is no answer to the query"},
		"truncated":         {answer(200, typeDNS, altered(2, 0x82)), "the answer is cut short"},
		"SERVFAIL":          {answer(200, typeDNS, altered(3, 2)), "it has failed (SERVFAIL)"},
		"REFUSED":           {answer(200, typeDNS, altered(3, 5)), "it refuses to answer (REFUSED)"},
		"too many records":  {answer(200, typeDNS, altered(6, 0xff)), "the answer is malformed"},
		"64 KiB":            {answer(200, typeDNS, append(good[:len(good):len(good)], make([]byte, 1<<16)...)), "the server's answer is longer than any can be"},
		"100,000 records":   {answer(200, typeDNS, append(altered(6, 0xff), strings.Repeat("\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04\x7f\x00\x00\x01", 100_000)...)), "the server's answer is longer than any can be"},
		"a bomb":            {gzipBomb, "it is no answer to the query"}, // nobody has asked for a coding
		"what a tty obeys":  {answer(200, "text/\x1b[2J", good), "the server's answer is no application/dns-message"},
		"a broken transfer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "abort"},
	} {
		d := inProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if recover() != nil {
					w.WriteHeader(500)
				}
			}()
			c.h(w, r)
		}))
		addrs, err := d.LookupNetIP(t.Context(), "ip4", "a.example")
		e, ok := err.(*net.DNSError)
		if !ok || addrs != nil || e.IsNotFound || !e.IsTemporary || e.Name != "a.example" || e.Server != "https://dns.example/dns-query" {
			t.Errorf("%s: %v, %T %v", name, addrs, err, err)
			continue
		}
		if name != "a broken transfer" && !strings.Contains(e.Err, c.want) {
			t.Errorf("%s: %s, want %s", name, e.Err, c.want)
		}
		if len(d.memory.all) != 0 {
			t.Errorf("%s is kept", name)
		}
		// The outer call's error is about names, and is none of the DNS server's.
		_, err = ownSession(t).Get(t.Context(), "http://a.example/", d, IPv4Only)
		if !errors.Is(err, ErrResolve) || errors.Is(err, ErrStatus) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrLocation) || strings.ContainsRune(err.Error(), '\x1b') {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// gzipBomb sends a body that is small until its coding is undone.
func gzipBomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", typeDNS)
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	z.Write(make([]byte, 16<<20))
	z.Close()
}

// One of the two families may fail, and a slow one is not waited for for ever.
func TestDoHOneFamily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &dnsServer{ttl: 60, zone: map[string][]string{"a.example A": {"192.0.2.1"}, "a.example AAAA": {"2001:db8::1"}}}
		for _, c := range []struct {
			slow, fails string // types
			want        string
			took        time.Duration
		}{
			{"", "", "[2001:db8::1 192.0.2.1]", 0},
			{"", "AAAA", "[192.0.2.1]", 0},
			{"", "A", "[2001:db8::1]", 0},
			{"", "A AAAA", "", 0},
			{"AAAA", "", "[192.0.2.1]", resolutionDelay},
			{"A", "", "[2001:db8::1 192.0.2.1]", time.Second},
			{"A AAAA", "", "[2001:db8::1 192.0.2.1]", time.Second},
		} {
			d := inProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				typ := "A"
				if strings.Contains(string(body), "\x00\x1c\x00\x01") {
					typ = "AAAA"
				}
				for slow := range strings.FieldsSeq(c.slow) {
					if slow == typ {
						select {
						case <-time.After(time.Second):
						case <-r.Context().Done():
							return
						}
					}
				}
				for fails := range strings.FieldsSeq(c.fails) {
					if fails == typ {
						w.WriteHeader(400)
						return
					}
				}
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				s.ServeHTTP(w, r)
			}))
			begin := time.Now()
			addrs, err := d.LookupNetIP(t.Context(), "ip", "a.example")
			if took := time.Since(begin); c.want != "" && (err != nil || fmt.Sprint(addrs) != c.want) || c.want == "" && err == nil || took != c.took {
				t.Errorf("%+v: %v, %v, took %v", c, addrs, err, took)
			}
		}
	})
}

// Whoever asks may stop waiting; and a silent server is given up.
func TestDoHEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := inProcess(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("enough")
		time.AfterFunc(time.Second, func() { cancel(cause) })
		begin := time.Now()
		_, err := silent.LookupNetIP(ctx, "ip", "a.example")
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || time.Since(begin) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		begin = time.Now()
		_, err = silent.LookupNetIP(t.Context(), "ip", "a.example")
		if e, ok := err.(*net.DNSError); !ok || !e.IsTimeout || !e.Timeout() || time.Since(begin) != dohTimeout {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

// A resolver that would need itself to be reached says so, and does not go round in circles.
func TestDoHAsksNotItself(t *testing.T) {
	d := &DoH{URL: "https://dns.example/dns-query"}
	tr := &transport.Transport{Resolver: d}
	defer tr.Close()
	d.Session = &Session{Transport: tr, Defaults: Defaults{NoEnv{Proxy: true, Netrc: true, CA: true}}}
	_, err := d.LookupNetIP(t.Context(), "ip", "a.example")
	if e, ok := err.(*net.DNSError); !ok || !strings.Contains(e.Err, "ask itself") {
		t.Errorf("%v", err)
	}
	// Two that need each other do not, either.
	a, b := &DoH{URL: "https://a.example/dns-query"}, &DoH{URL: "https://b.example/dns-query"}
	a.Session, b.Session = ownSession(t, b), ownSession(t, a)
	if _, err := a.LookupNetIP(t.Context(), "ip", "c.example"); err == nil || !strings.Contains(err.Error(), "ask itself") {
		t.Errorf("%v", err)
	}
}

func TestDoHRefusesURLs(t *testing.T) {
	for _, u := range []string{
		"", "dns.example", "http://dns.example/dns-query", "http+unix://%2Fx/", "https+unix://%2Fx/", "https://", "https://dns.example:x/", "ftp://x/",
		"https://dns.example/{dns}{?dns", "https://dns.example/{?dns}{?dns}", "https://dns.example/{?dns}x", "https://{dns}/{?dns}",
	} {
		d := &DoH{URL: u, Session: &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
			t.Errorf("%q was asked", u)
			return nil, errors.New("asked")
		})}}
		if _, err := Get(t.Context(), "http://a.example/", d); !errors.Is(err, ErrRequest) {
			t.Errorf("%q: %v", u, err)
		}
		if _, err := d.LookupNetIP(t.Context(), "ip", "a.example"); err == nil {
			t.Errorf("%q was looked up", u)
		}
	}
	// No password shows.
	d := &DoH{URL: "https://user:s3cret@dns.example:x/"}
	_, err := Get(t.Context(), "http://a.example/", d)
	if text := fmt.Sprintf("%v %v %+v %#v", err, d, d, d); strings.Contains(text, "s3cret") {
		t.Error(text)
	}
	if _, err := Get(t.Context(), "http://127.0.0.1:1/", (*DoH)(nil)); !errors.Is(err, ErrConnect) {
		t.Error(err)
	}
}

// Over TLS, with a certificate that is verified, and a server that is found by an address or by a
// static host; whole calls to names that only it knows.
func TestDoHOverTLS(t *testing.T) {
	site := tcpServer(t, echo("site"))
	_, port, _ := net.SplitHostPort(site[7:])
	zone := &dnsServer{ttl: 60, zone: map[string][]string{"www.example A": {"127.0.0.1"}, "www.example AAAA": {}, "inside.example A": {"10.0.0.1"}}}
	var conns atomic.Int32
	srv := httptest.NewUnstartedServer(zone)
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := srv.Listener.Addr().String()
	for _, d := range []*DoH{
		{URL: "https://" + addr + "/dns-query", Session: ownSession(t, CA(ca))},
		{URL: "https://example.com/dns-query{?dns}", Session: ownSession(t, CA(ca), Resolve{"example.com": addr})},
	} {
		s := ownSession(t, d)
		for range 3 {
			res, err := s.Get(t.Context(), "http://www.example:"+port+"/x")
			if err != nil || !strings.HasPrefix(res.Text(), "site GET www.example:"+port+"/x") {
				t.Errorf("%v: %v, %v", d, res, err)
			}
		}
		if asked := zone.took(); len(asked) != 2 {
			t.Errorf("%v: asked %q", d, asked)
		}
		if st := s.Transport.(*transport.Transport).Stats(); st.Open != 1 {
			t.Errorf("%+v", st)
		}
		_, err := s.Get(t.Context(), "http://none.example/")
		if want := "GET http://none.example/: looking up none.example: no such host (asked " + printable(d.URL) + ")"; !errors.Is(err, ErrResolve) || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
		if _, err := s.Get(t.Context(), "http://inside.example/", PublicOnly()); !errors.Is(err, ErrNotPublic) {
			t.Errorf("%v", err)
		}
		zone.took()
	}
	if n := conns.Load(); n > 4 {
		t.Errorf("%d connections", n)
	}
	// Nobody trusts it: the name is not looked up, and the system is not asked instead.
	d := &DoH{URL: "https://" + addr + "/dns-query", Session: ownSession(t)}
	_, err := ownSession(t, d).Get(t.Context(), "http://www.example:"+port+"/")
	if !errors.Is(err, ErrResolve) || errors.Is(err, ErrTLS) || !strings.Contains(err.Error(), "TLS handshake") {
		t.Errorf("%v", err)
	}
	if asked := zone.took(); len(asked) != 0 {
		t.Errorf("asked %q", asked)
	}
}

// With a session of its own, which is made when it is needed.
func TestDoHOwnSession(t *testing.T) {
	d := &DoH{URL: "https://127.0.0.1:1/dns-query"}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if _, err := d.LookupNetIP(t.Context(), "ip", "a.example"); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// Many at once, under one resolver.
func TestDoHAtOnce(t *testing.T) {
	s := &dnsServer{ttl: 1, zone: map[string][]string{}}
	for i := range 8 {
		s.zone[fmt.Sprintf("h%d.example A", i)] = []string{fmt.Sprintf("192.0.2.%d", i)}
	}
	d := inProcess(s)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for n := range 16 {
				k := (i + n) % 9
				addrs, err := d.LookupNetIP(t.Context(), "ip", fmt.Sprintf("h%d.example", k))
				if k == 8 {
					if !isNotFound(err) {
						t.Error(err)
					}
				} else if want := fmt.Sprintf("[192.0.2.%d]", k); err != nil || fmt.Sprint(addrs) != want {
					t.Errorf("%v, %v; want %s", addrs, err, want)
				}
			}
		})
	}
	all.Wait()
}

// The tracer of a call is told of looking up, and of nothing that happens within.
func TestDoHTraced(t *testing.T) {
	d := inProcess(&dnsServer{ttl: 60, zone: map[string][]string{"a.example A": {"127.0.0.1"}}})
	site := tcpServer(t, echo("site"))
	var events []string
	s := ownSession(t, d)
	s.Tracer = trace.Func(func(_ context.Context, ev trace.Event) {
		switch e := ev.(type) {
		case trace.PhaseStart:
			events = append(events, e.Phase.String()+" "+e.Addr)
		case trace.RequestHead:
			events = append(events, e.Method)
		}
	})
	if _, err := s.Get(t.Context(), "http://a.example"+site[strings.LastIndex(site, ":"):]+"/"); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(events, ","); strings.Count(got, "dns a.example") != 1 || strings.Contains(got, "POST") {
		t.Errorf("%s", got)
	}
}
