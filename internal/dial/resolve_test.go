package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/trace"
)

func TestOrder(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"192.0.2.1", "192.0.2.1"},
		{"192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2", "192.0.2.1 2001:db8::1 192.0.2.2 2001:db8::2"},
		{"2001:db8::1 192.0.2.1 192.0.2.2 192.0.2.3", "2001:db8::1 192.0.2.1 192.0.2.2 192.0.2.3"},
		{"2001:db8::1 2001:db8::2 2001:db8::3 192.0.2.1", "2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3"},
		{"::ffff:192.0.2.1 192.0.2.1 192.0.2.1", "192.0.2.1"}, // the same, written otherwise
		{"fe80::1%eth0 fe80::1%eth1", "fe80::1%eth0 fe80::1%eth1"},
		{"0.0.0.0 :: ::ffff:0.0.0.0 224.0.0.1 ff02::1", ""},
		{"0.0.0.0 2001:db8::1 192.0.2.1", "2001:db8::1 192.0.2.1"},
		{"127.0.0.1 10.0.0.1", "127.0.0.1 10.0.0.1"}, // whether these may be reached is not for DNS to say
	} {
		var in []netip.Addr
		for s := range strings.FieldsSeq(test.in) {
			in = append(in, netip.MustParseAddr(s))
		}
		var got []string
		for _, a := range order(append(in, netip.Addr{})) {
			got = append(got, a.String())
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("order(%s) = %s, want %s", test.in, s, test.want)
		}
	}
}

func TestLocalhost(t *testing.T) {
	for _, host := range []string{"localhost", "LOCALHOST", "localhost.", "a.b.localhost", "api.localhost."} {
		synctest.Test(t, func(t *testing.T) {
			fake := newFakeNet(map[string]answer{"127.0.0.1": {err: errRefused}, "::1": {}})
			r := &fakeResolver{}
			d := &Dialer{Resolver: r, Connect: fake.connect}
			nc, err := d.DialContext(t.Context(), host, "80", nil)
			if err != nil || nc != fake.conns["::1"] || len(r.asked) > 0 {
				t.Errorf("%s: %v, %v, resolver asked for %q", host, nc, err, r.asked)
			}
			if got := strings.Join(fake.starts, " "); got != "127.0.0.1@0s ::1@0s" {
				t.Errorf("%s: tried %s", host, got)
			}
		})
	}
}

// Addresses are not looked up, names are, as ASCII writes them.
func TestWhatIsLookedUp(t *testing.T) {
	for host, asked := range map[string]string{
		"192.0.2.1": "", "2001:DB8::1": "", "fe80::1%eth0": "",
		"A.Example": "ip a.example", "a.example.": "ip a.example.", "notlocalhost": "ip notlocalhost",
		"bücher.example": "ip xn--bcher-kva.example", "localhost.example": "ip localhost.example",
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &fakeResolver{addrs: []string{"192.0.2.1"}}
			d := &Dialer{Resolver: r, Connect: newFakeNet(map[string]answer{"192.0.2.1": {}, "2001:db8::1": {}, "fe80::1%eth0": {}}).connect}
			if _, err := d.DialContext(t.Context(), host, "80", nil); err != nil {
				t.Error(err)
			}
			if got := strings.Join(r.asked, ", "); got != asked {
				t.Errorf("%s: asked for %q, want %q", host, got, asked)
			}
		})
	}
}

func TestResolveFails(t *testing.T) {
	notFound := &net.DNSError{Err: "no such host", Name: "a.example", Server: "192.0.2.53:53", IsNotFound: true}
	hostile := &net.DNSError{Err: "\x1b[2Jno", Name: "a.example"}
	slow := &net.DNSError{Err: "i/o timeout", Name: "a.example", IsTimeout: true}
	other := errors.New("out of order")
	for _, test := range []struct {
		r       *fakeResolver
		text    string
		timeout bool
	}{
		{&fakeResolver{err: notFound}, "looking up a.example: no such host (asked 192.0.2.53:53)", false},
		{&fakeResolver{err: hostile}, `looking up a.example: "\x1b[2Jno"`, false},
		{&fakeResolver{err: slow}, "looking up a.example: i/o timeout", true},
		{&fakeResolver{err: other}, "looking up a.example: out of order", false},
		{&fakeResolver{}, "looking up a.example: no usable address", false},
		{&fakeResolver{addrs: []string{"0.0.0.0", "::"}}, "looking up a.example: no usable address", false},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := &Dialer{Resolver: test.r, Connect: newFakeNet(nil).connect}
			_, err := d.DialContext(t.Context(), "a.example", "80", nil)
			if e := phaseError(t, err, trace.DNS); e.Error() != test.text || e.Limit != 0 || e.Timeout() != test.timeout {
				t.Errorf("%v, limit %v, timeout %v; want %s", e, e.Limit, e.Timeout(), test.text)
			}
			if test.r.err != nil && !errors.Is(err, test.r.err) {
				t.Errorf("%v lost", test.r.err)
			}
			if _, ok := errors.AsType[*net.DNSError](err); !ok && test.r.err != other {
				t.Errorf("%v is no *net.DNSError", err)
			}
		})
	}
}

// The phase ends on time, whether the resolver obeys its context or not.
func TestResolveEnds(t *testing.T) {
	errHangUp := errors.New("hung up")
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprint("deaf ", deaf), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &Dialer{Resolver: &fakeResolver{after: time.Hour, deaf: deaf}, Connect: newFakeNet(nil).connect}
				start := time.Now()
				_, err := d.DialContext(t.Context(), "a.example", "80", &Exchange{Limits: trace.Limits{DNS: 3 * time.Second}})
				checkLimit(t, err, trace.DNS, 3*time.Second)
				if want := "looking up a.example: timed out after 3s (set by Limits.DNS)"; err.Error() != want {
					t.Errorf("%v, want %s", err, want)
				}
				_, err = d.DialContext(t.Context(), "a.example", "80", nil)
				checkLimit(t, err, trace.DNS, 10*time.Second)
				if took := time.Since(start); took != 13*time.Second {
					t.Errorf("took %v", took)
				}

				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(100*ms, func() { cancel(errHangUp) })
				_, err = d.DialContext(ctx, "a.example", "80", nil)
				checkEnded(t, err, trace.DNS, context.Canceled, errHangUp)

				ctx, stop := context.WithTimeout(t.Context(), time.Second)
				defer stop()
				_, err = d.DialContext(ctx, "a.example", "80", nil)
				checkEnded(t, err, trace.DNS, context.DeadlineExceeded)
				if took := time.Since(start); took != 13*time.Second+1100*ms {
					t.Errorf("took %v", took)
				}
				<-time.After(2 * time.Hour) // until the deaf ones have come to their end
			})
		})
	}
}
