package transport

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var (
	altKey = key{scheme: "https", host: "example.com", port: "443"}
	altNow = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

// picked returns what is tried, "" if nothing is.
func (a *alternatives) picked(k *key, now time.Time) string {
	if p := a.pick(k, place{}, now); p.ok {
		return p.place.String()
	}
	return ""
}

func TestAltSvcLearn(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []string
		age    time.Duration
		want   string
	}{
		{"the same host", []string{`h3=":443"`}, 0, "example.com:443"},
		{"another port", []string{`h3=":8443"; ma=60`}, 0, "example.com:8443"},
		{"another host", []string{`h3="alt.example.com:443"`}, 0, "alt.example.com:443"},
		{"in capitals", []string{`h3="ALT.example.com:443"`}, 0, "alt.example.com:443"},
		{"IPv6", []string{`h3="[::1]:443"`}, 0, "[::1]:443"},
		{"the first that is HTTP/3", []string{`h2=":1", h3-29=":2", h3=":3"`, `h3=":4"`}, 0, "example.com:3"},
		{"HTTP/2 only", []string{`h2=":443"`}, 0, ""},
		{"a draft", []string{`h3-29=":443"`}, 0, ""},
		{"H3", []string{`H3=":443"`}, 0, ""},
		{"ma=0", []string{`h3=":443"; ma=0`}, 0, ""},
		{"an age", []string{`h3=":443"; ma=60`}, 59 * time.Second, "example.com:443"},
		{"too old", []string{`h3=":443"; ma=60`}, time.Minute, ""},
		{"ma overflows", []string{`h3=":443"; ma=99999999999999999999999999`}, 0, "example.com:443"},
		{"clear", []string{`clear`}, 0, ""},
		{"clear among others", []string{`h3=":443", clear`}, 0, ""},
		{"no port", []string{`h3="example.com"`}, 0, ""},
		{"port 0", []string{`h3=":0"`}, 0, ""},
		{"port 65536", []string{`h3=":65536"`}, 0, ""},
		{"no sense", []string{"\x00\xff;;==,,"}, 0, ""},
		{"persist", []string{`h3=":443"; persist=1`}, 0, "example.com:443"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var a alternatives
			a.learn(&altKey, test.values, test.age, true, altNow)
			if got := a.picked(&altKey, altNow); got != test.want {
				t.Errorf("%q", got)
			}
		})
	}
}

// What was said is replaced by what is said later, and is over some time.
func TestAltSvcReplaced(t *testing.T) {
	var a alternatives
	say := func(value string, now time.Time) { a.learn(&altKey, []string{value}, 0, true, now) }
	at := func(d time.Duration) time.Time { return altNow.Add(d) }
	say(`h3=":1"; ma=60`, at(0))
	for _, test := range []struct {
		after time.Duration
		want  string
	}{{0, "example.com:1"}, {60*time.Second - 1, "example.com:1"}, {time.Minute, ""}, {time.Hour, ""}} {
		if got := a.picked(&altKey, at(test.after)); got != test.want {
			t.Errorf("after %v: %q", test.after, got)
		}
	}
	say(`h3=":2"`, at(0))
	if got := a.picked(&altKey, at(23*time.Hour)); got != "example.com:2" {
		t.Error(got)
	}
	say(`nonsense`, at(0))
	if got := a.picked(&altKey, at(0)); got != "example.com:2" {
		t.Error("nonsense counts:", got)
	}
	say(`h2=":443"`, at(0))
	if got := a.picked(&altKey, at(0)); got != "" {
		t.Error(got)
	}
	say(`h3=":3"`, at(0))
	say(`clear`, at(0))
	if got := a.picked(&altKey, at(0)); got != "" {
		t.Error(got)
	}
}

// What has been learnt for one key is not used for another.
func TestAltSvcApart(t *testing.T) {
	var a alternatives
	a.learn(&altKey, []string{`h3=":443"`}, 0, true, altNow)
	for _, other := range []key{
		{scheme: "https", host: "www.example.com", port: "443"},
		{scheme: "https", host: "example.com", port: "8443"},
		{scheme: "https", host: "example.com", port: "443", via: via{addr: "x"}},
		{scheme: "https", host: "example.com", port: "443", protocols: HTTP2},
	} {
		if got := a.picked(&other, altNow); got != "" {
			t.Errorf("%+v: %s", other, got)
		}
	}
}

// If nobody is verified, nobody but the host itself is taken for the origin.
func TestAltSvcUnverified(t *testing.T) {
	var a alternatives
	a.learn(&altKey, []string{`h3="evil.example:443", h3=":8443"`}, 0, false, altNow)
	if got := a.picked(&altKey, altNow); got != "example.com:8443" {
		t.Error(got)
	}
	a.list(&altKey, []HTTPSRecord{{Priority: 1, Target: "evil.example", ALPN: []string{"h3"}}}, false, altNow)
	a.learn(&altKey, []string{"clear"}, 0, false, altNow)
	if got := a.picked(&altKey, altNow); got != "" {
		t.Error(got)
	}
}

// A place that fails is left alone for longer each time, and the next one is tried.
func TestAltSvcBroken(t *testing.T) {
	var a alternatives
	a.learn(&altKey, []string{`h3=":1"; ma=99999999, h3=":2"; ma=99999999`}, 0, true, altNow)
	one := place{"example.com", "1"}
	a.failed(&altKey, one, altNow)
	a.failed(&altKey, one, altNow) // at once with the other, which counts once
	now := altNow
	for i, pause := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 2880, 2880} {
		end := now.Add(pause * time.Minute)
		if got := a.picked(&altKey, end.Add(-1)); got != "example.com:2" {
			t.Fatalf("%d: %s", i, got)
		}
		if got := a.picked(&altKey, end); got != "example.com:1" {
			t.Fatalf("%d: %s", i, got)
		}
		now = end
		a.failed(&altKey, one, now)
	}
	// The server still says so: that alone does not mend it.
	a.learn(&altKey, []string{`h3=":1"; ma=99999999`}, 0, true, now)
	if got := a.picked(&altKey, now); got != "" {
		t.Error(got)
	}
	a.worked(&altKey, one)
	if got := a.picked(&altKey, now); got != "example.com:1" {
		t.Error(got)
	}
	a.failed(&altKey, one, now)
	if got := a.picked(&altKey, now.Add(firstBreak)); got != "example.com:1" {
		t.Error("it has not begun anew")
	}
	a.forget(&altKey, one)
	if got := a.picked(&altKey, now.Add(firstBreak)); got != "" {
		t.Error(got)
	}
}

// A place that nobody has named is tried until it fails, and after those that have been named.
func TestAltSvcFirst(t *testing.T) {
	var a alternatives
	self := altKey.place()
	if p := a.pick(&altKey, self, altNow); !p.ok || p.place != self {
		t.Errorf("%+v", p)
	}
	a.learn(&altKey, []string{`h3=":8443"`}, 0, true, altNow)
	if p := a.pick(&altKey, self, altNow); !p.ok || p.place.port != "8443" {
		t.Errorf("%+v", p)
	}
	a.failed(&altKey, place{"example.com", "8443"}, altNow)
	if p := a.pick(&altKey, self, altNow); !p.ok || p.place != self {
		t.Errorf("%+v", p)
	}
	a.slow(&altKey, self)
	if p := a.pick(&altKey, self, altNow); !p.ok || !p.slow {
		t.Errorf("%+v", p)
	}
	a.dropped(&altKey, self)
	if p := a.pick(&altKey, self, altNow); !p.ok || p.slow {
		t.Errorf("%+v", p)
	}
	a.failed(&altKey, self, altNow)
	if p := a.pick(&altKey, self, altNow); p.ok || p.unknown {
		t.Errorf("%+v", p)
	}
}

func TestAltSvcRecords(t *testing.T) {
	h3 := []string{"h2", "h3"}
	for _, test := range []struct {
		name    string
		records []HTTPSRecord
		want    string
		ttl     time.Duration
	}{
		{"none", nil, "", noRecord},
		{"the host itself", []HTTPSRecord{{Priority: 1, ALPN: h3, TTL: time.Hour}}, "example.com:443", time.Hour},
		{"a dot", []HTTPSRecord{{Priority: 1, Target: ".", ALPN: h3, TTL: time.Hour}}, "example.com:443", time.Hour},
		{"another", []HTTPSRecord{{Priority: 1, Target: "Alt.example.com.", Port: 8443, ALPN: h3, TTL: time.Hour}}, "alt.example.com:8443", time.Hour},
		{"by priority", []HTTPSRecord{{Priority: 2, Port: 2, ALPN: h3, TTL: time.Hour}, {Priority: 1, Port: 1, ALPN: h3, TTL: time.Minute}}, "example.com:1", time.Minute},
		{"HTTP/2 only", []HTTPSRecord{{Priority: 1, ALPN: []string{"h2"}, TTL: time.Hour}}, "", time.Hour},
		{"AliasMode", []HTTPSRecord{{Priority: 0, Target: "alt.example.com", ALPN: h3, TTL: time.Hour}}, "", time.Hour},
		{"no time", []HTTPSRecord{{Priority: 1, ALPN: h3}}, "example.com:443", shortList},
		{"a year", []HTTPSRecord{{Priority: 1, ALPN: h3, TTL: 365 * 24 * time.Hour}}, "example.com:443", longList},
	} {
		t.Run(test.name, func(t *testing.T) {
			var a alternatives
			if p := a.pick(&altKey, place{}, altNow); !p.unknown {
				t.Error("the DNS is not asked")
			}
			a.list(&altKey, test.records, true, altNow)
			p := a.pick(&altKey, place{}, altNow.Add(test.ttl-1))
			if p.ok != (test.want != "") || p.ok && p.place.String() != test.want || p.unknown {
				t.Errorf("%+v", p)
			}
			if p = a.pick(&altKey, place{}, altNow.Add(test.ttl)); p.ok || !p.unknown {
				t.Errorf("%+v", p)
			}
		})
	}
}

// Whatever servers say, it stays little.
func TestAltSvcBounded(t *testing.T) {
	var a alternatives
	for i := range 3 * mostOrigins {
		k := altKey
		k.host = fmt.Sprintf("h%d.example.com", i)
		a.learn(&k, []string{strings.Repeat(`h3=":1", h3="x.example:2", `, 1000)}, 0, true, altNow)
		for range 3 * mostTrials {
			a.failed(&k, place{k.host, fmt.Sprint(rand.IntN(65536))}, altNow)
		}
	}
	if len(a.origins) != mostOrigins || a.byUse.len != mostOrigins {
		t.Error(len(a.origins), a.byUse.len)
	}
	for _, o := range a.origins {
		if len(o.said) > mostPlaces || len(o.tried) > mostTrials {
			t.Fatal(len(o.said), len(o.tried))
		}
	}
}

func FuzzAltSvc(f *testing.F) {
	f.Add(`h3=":443"; ma=86400, h3-29=":443"; ma=86400`, int64(0))
	f.Add(`clear`, int64(5))
	f.Add(`h3="[::1%25eth0]:443"; persist=1; ma="1"`, int64(-1))
	f.Fuzz(func(t *testing.T, value string, age int64) {
		var a alternatives
		a.learn(&altKey, []string{value}, time.Duration(age), true, altNow)
		if o := a.origins[altKey]; o != nil && len(o.said) > mostPlaces {
			t.Error(len(o.said))
		}
		if p := a.pick(&altKey, place{}, altNow); p.ok && (p.place.host == "" || p.place.port == "0" || p.place.port == "") {
			t.Errorf("%+v", p)
		}
	})
}
