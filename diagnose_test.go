package godwit

// What holds for each diagnosis: what is sent, what is not, and how it ends.

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/godwit/cookiejar"
	"example.com/godwit/diagnosis"
	"example.com/godwit/internal/tlstest"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// Nothing that says who is asking is sent, wherever it was said.
func TestDiagnoseSendsNoSecrets(t *testing.T) {
	const hush = "hunter2"
	var mu sync.Mutex // guards the following
	var got []*http.Request
	s, plain, secure := twoOrigins(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		got = append(got, r)
		mu.Unlock()
		if r.URL.Path == "/sets" {
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1"})
			http.Redirect(w, r, "/end", http.StatusFound)
		}
	})
	s.Jar = cookiejar.New()
	here, err := http.NewRequest("GET", secure+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Jar.SetCookies(here.URL, []*http.Cookie{{Name: "sid", Value: hush}})
	boom := func(next http.RoundTripper) http.RoundTripper {
		return RoundTripFunc(func(r *http.Request) (*http.Response, error) {
			t.Error("middleware was run")
			return next.RoundTrip(r)
		})
	}
	s.Middleware, s.NetworkMiddleware = []Middleware{boom}, []Middleware{boom}
	s.Defaults = append(s.Defaults,
		BasicAuth("me", hush), Header{"X-Api-Key": hush, "Authorization": "Bearer " + hush}, Cookies{"a": hush},
		Header{"Accept": Secret(hush)}, Params{"q": Secret(hush), "page": 7}, KeepHeaders{"X-Api-Key"},
		JSON(map[string]string{"a": hush}), IdempotencyKey, CompressBody, Retry{Max: 3}, RaiseForStatus,
		OnRequest(func(*http.Request) error { t.Error("a hook was run"); return nil }),
		OnResponse(func(*http.Response) error { t.Error("a hook was run"); return nil }),
	)
	for _, tt := range []struct {
		url  string
		opts []Option
	}{
		{secure + "/sets?x=y", nil},
		{plain + "/sets", nil},
		{strings.Replace(secure, "://", "://me:"+hush+"@", 1) + "/", nil},
		{secure + "/", []Option{Query("k=v")}},
	} {
		got = nil
		d := mustDiagnose(t, s, tt.url, tt.opts...)
		if !d.Verdict.OK || len(got) == 0 {
			t.Errorf("%s:\n%s", tt.url, d)
		}
		if strings.Contains(d.String(), hush) {
			t.Errorf("%q in\n%s", hush, d)
		}
		for _, r := range got {
			if r.Method != "GET" || r.ContentLength != 0 || r.URL.Query().Get("page") != "7" && r.URL.Path == "/sets" {
				t.Errorf("%s %s, %d bytes", r.Method, r.URL, r.ContentLength)
			}
			for name, values := range r.Header {
				if !slices.Contains([]string{"Accept", "Accept-Encoding", "User-Agent"}, name) || strings.Contains(strings.Join(values, ""), hush) {
					t.Errorf("%s: %q", name, values)
				}
			}
			if strings.Contains(r.URL.String(), hush) {
				t.Errorf("%s", r.URL)
			}
		}
	}
}

// The client's certificate is shown to whom it is for, in the one handshake that is verified.
func TestDiagnoseShowsCertificateOnlyIfVerified(t *testing.T) {
	for _, f := range tlstest.Failing(t) {
		if f.Name != "client-cert-missing" && f.Name != "client-cert-missing-tls-v1-2" {
			continue
		}
		cert, err := tls.X509KeyPair(f.ClientCert, f.ClientKey)
		if err != nil {
			t.Fatal(err)
		}
		s := tlstest.Start(t, f)
		ses := fixtureSession(t, f, s)
		with := OptionFunc(func(r *Request) error { r.Certificate = &cert; return nil })
		if d := mustDiagnose(t, ses, s.URL(), with, patient); !d.Verdict.OK || s.Requests() != 1 {
			t.Errorf("%d requests\n%s", s.Requests(), d)
		}
	}
}

// A cancelled context ends it, wherever it stands.
func TestDiagnoseCancelled(t *testing.T) {
	f := tlstest.Passing(t)[0]
	s := tlstest.Start(t, f)
	cancelAt := func(n int) (events int, err error) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ses := fixtureSession(t, f, s)
		var mu sync.Mutex // guards events
		ses.Tracer = trace.Func(func(context.Context, trace.Event) {
			mu.Lock()
			defer mu.Unlock()
			if events++; events == n {
				cancel()
			}
		})
		d, err := ses.Diagnose(ctx, s.URL())
		if (d == nil) != (err != nil) {
			t.Errorf("%v and %v", d, err)
		}
		mu.Lock()
		defer mu.Unlock()
		return events, err
	}
	all, err := cancelAt(0)
	if err != nil || all < 10 {
		t.Fatalf("%d events, %v", all, err)
	}
	for n := 1; n <= all; n++ {
		start := time.Now()
		_, err := cancelAt(n)
		if err == nil {
			continue // nothing that waits came after it
		}
		if !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) {
			t.Errorf("at event %d: %v", n, err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("at event %d it took %v", n, took)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fixtureSession(t, f, s).Diagnose(ctx, s.URL()); !errors.Is(err, ErrCanceled) {
		t.Errorf("before it began: %v", err)
	}
}

// What cannot be asked for is an error, and nothing is sent.
func TestDiagnoseRefuses(t *testing.T) {
	s := diagnosing(t, &transport.Transport{Dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("dialled")
		return nil, io.EOF
	}})
	for _, tt := range []struct {
		url  string
		opt  Option
		kind Kind
	}{
		{"", nil, ErrURL},
		{"ftp://a.example/", nil, ErrURL},
		{"http://a.example:99999/", nil, ErrURL},
		{"http://[::1", nil, ErrURL},
		{"http://a.example/", Timeout(5), ErrRequest},
		{"http://a.example/", OptionFunc(func(*Request) error { return io.ErrClosedPipe }), ErrRequest},
		{"https://a.example/", CA("/does/not/exist"), ErrRequest},
		{"http://a.example/", Header{"Accept": "\r\n"}, ErrRequest},
	} {
		d, err := s.Diagnose(t.Context(), tt.url, tt.opt)
		if d != nil || !errors.Is(err, tt.kind) {
			t.Errorf("%q: %v, %v", tt.url, d, err)
		}
	}
	var none context.Context
	if _, err := s.Diagnose(none, "http://a.example/"); !errors.Is(err, ErrRequest) {
		t.Errorf("%v", err)
	}
	t.Setenv("SSL_CERT_FILE", "/does/not/exist")
	if _, err := new(Session).Diagnose(t.Context(), "https://a.example/"); !errors.Is(err, ErrTLS) {
		t.Errorf("%v", err)
	}
}

// Many at once do not get in each other's way, nor in that of calls.
func TestDiagnoseAtOnce(t *testing.T) {
	f := tlstest.Passing(t)[0]
	s := tlstest.Start(t, f)
	ses := fixtureSession(t, f, s)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() { // ends with its diagnosis
			d, err := ses.Diagnose(t.Context(), s.URL(), patient)
			if err != nil || !d.Verdict.OK {
				t.Errorf("%v\n%s", err, d)
			}
		})
		all.Go(func() { // ends with its call
			if _, err := ses.Get(t.Context(), s.URL(), patient); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if st := ses.Transport.(*transport.Transport).Stats(); st.InFlight != 0 {
		t.Errorf("%+v", st)
	}
}

// Connections of the session are neither used nor closed.
func TestDiagnoseLeavesTheSessionAlone(t *testing.T) {
	var mu sync.Mutex // guards from
	from := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		from[r.RemoteAddr]++
		mu.Unlock()
	}))
	defer server.Close()
	tr := &transport.Transport{}
	s := diagnosing(t, tr)
	for range 2 {
		if _, err := s.Get(t.Context(), server.URL); err != nil {
			t.Fatal(err)
		}
		mustDiagnose(t, s, server.URL)
	}
	if st := tr.Stats(); st.Open != 1 || st.Idle != 1 {
		t.Errorf("%+v", st)
	}
	if len(from) != 3 { // one of the session, one of each diagnosis
		t.Errorf("%v", from)
	}
	mounted := &Session{Mounts: map[string]http.RoundTripper{server.URL: Mount{Transport: tr, Options: Defaults{Header{"Accept": "x/y"}}}}}
	if d := mustDiagnose(t, mounted, server.URL); !d.Verdict.OK || len(d.Addresses) != 1 {
		t.Errorf("\n%s", d)
	}
	if st := tr.Stats(); st.Open != 1 {
		t.Errorf("%+v", st)
	}
}

// Each field of a Request is either the client's way to a server, and kept, or what it says there,
// and dropped. Whoever adds one decides here.
func TestDiagnoseDecidesOnEachField(t *testing.T) {
	kept := []string{
		"URL", "BaseURL", "URI", "Query", "Params", "Header", "Order", "ProxyAuth", "ProxyHeader", "ProxyTLS", "Timeout", "Limits", "MaxBody", "MaxRatio",
		"Decoders", "Proxy", "NoEnv", "CA", "AddCA", "TLS", "TLSSettings", "Pins", "Certificate", "Sockets", "Resolver", "Dialer", "Protocols",
		"caPath", "addedPath", "origin", "AllowDowngrade", "Insecure", "asked", "who",
	}
	dropped := []string{
		"Method", "Cookies", "Body", "Auth", "Redirects", "KeepHeaders", "Retry", "Progress", "OnRequest", "OnResponse", "withheld",
		"userOnly", "secrets", "RaiseForStatus", "CompressBody", "IdempotencyKey", "Raw", "userInfo", "netrc",
	}
	filled := reflect.New(reflect.TypeFor[Request]())
	for field := range reflect.TypeFor[Request]().Fields() {
		isKept, isDropped := slices.Contains(kept, field.Name), slices.Contains(dropped, field.Name)
		if isKept == isDropped {
			t.Errorf("Request.%s: is it dropped from what a diagnosis sends?", field.Name)
		}
		if v := filled.Elem().FieldByIndex(field.Index); v.CanSet() {
			fill(v)
		}
	}
	r := filled.Interface().(*Request)
	r.Header = http.Header{"Accept": {"a/b"}}
	before := *r
	u, err := parseURL("https://a.example/")
	if err != nil {
		t.Fatal(err)
	}
	r.withoutSecrets(u)
	for field := range reflect.TypeFor[Request]().Fields() {
		if !field.IsExported() || field.Name == "Method" || field.Name == "Redirects" {
			continue
		}
		now, then := reflect.ValueOf(*r).FieldByIndex(field.Index), reflect.ValueOf(before).FieldByIndex(field.Index)
		if slices.Contains(dropped, field.Name) && !now.IsZero() {
			t.Errorf("Request.%s is not dropped", field.Name)
		}
		if slices.Contains(kept, field.Name) && now.IsZero() && !then.IsZero() {
			t.Errorf("Request.%s is not kept", field.Name)
		}
	}
}

// fill sets a value that is not zero, where that is easy.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(7)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	case reflect.Func:
		v.Set(reflect.MakeFunc(v.Type(), func([]reflect.Value) []reflect.Value { return nil }))
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fill(f)
			}
		}
	}
}

// The settings of a transport are all that can be set.
func TestSettingsOf(t *testing.T) {
	full := new(transport.Transport)
	v := reflect.ValueOf(full).Elem()
	for i := range v.NumField() {
		if v.Field(i).CanSet() {
			fill(v.Field(i))
		}
	}
	full.Resolver, full.Tracer = &names{}, &log{}
	own := reflect.ValueOf(settingsOf(full)).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch was, is := v.Field(i), own.Field(i); {
		case !v.Type().Field(i).IsExported():
			if !is.IsZero() {
				t.Errorf("%s is not the copy's own", name)
			}
		case was.IsZero() && was.Kind() != reflect.Interface:
			t.Errorf("%s was not filled", name)
		case was.Kind() == reflect.Func:
			if is.IsNil() {
				t.Errorf("%s is lost", name)
			}
		case !reflect.DeepEqual(was.Interface(), is.Interface()):
			t.Errorf("%s: %v, want %v", name, is, was)
		}
	}
}

// A caller's deadline is no error: the report says how far it came. It ends here in the
// moment in which the server has the first byte of a ClientHello, and the server says nothing.
func TestDiagnoseDeadline(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	late := make(chan struct{})
	go func() {
		defer close(late)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			if n, _ := c.Read(make([]byte, 1)); n == 1 {
				return
			}
		}
	}()
	ctx := deadline{t.Context(), late}
	d, err := diagnosing(t, &transport.Transport{}).Diagnose(ctx, "https://"+l.Addr().String()+"/")
	if err != nil {
		t.Fatal(err)
	}
	wantVerdict(t, d, diagnosis.LayerTLS, "no answer")
}

// deadline is a context whose time is up when late is closed.
type deadline struct {
	context.Context
	late chan struct{}
}

func (d deadline) Done() <-chan struct{} { return d.late }

func (d deadline) Err() error {
	select {
	case <-d.late:
		return context.DeadlineExceeded
	default:
		return nil
	}
}
