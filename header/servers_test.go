package header

// Retry-After, Server-Timing, Strict-Transport-Security, Alt-Svc.

import (
	"strings"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	const no = "neither seconds nor a date"
	date := time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)
	check(t, single(ParseRetryAfter), []reading[RetryAfter]{
		// RFC 9110 10.2.3.
		{lines("Fri, 31 Dec 1999 23:59:59 GMT"), RetryAfter{Date: date}, "Fri, 31 Dec 1999 23:59:59 GMT", ""},
		{lines("120"), RetryAfter{Delay: 2 * time.Minute}, "120", ""},
		{lines("0"), RetryAfter{}, "0", ""},
		{lines("1" + strings.Repeat("0", 30)), RetryAfter{Delay: Forever}, "2147483648", ""},
		{lines("2147483648.5"), RetryAfter{Delay: Forever}, "2147483648", ""},
		{lines("1.337"), RetryAfter{Delay: 2 * time.Second}, "2", ""},
		{lines("1.000"), RetryAfter{Delay: time.Second}, "1", ""},
		{lines("-1"), RetryAfter{}, "0", no},
		{lines("NaN"), RetryAfter{}, "0", no},
		{lines("1e9"), RetryAfter{}, "0", no},
		{lines("120, 60"), RetryAfter{}, "0", no},
		{lines("120s"), RetryAfter{}, "0", no},
		{lines("soon"), RetryAfter{}, "0", no},
		{nil, RetryAfter{}, "0", "empty"},
	})
	for _, c := range []struct {
		after RetryAfter
		want  time.Duration
	}{
		{RetryAfter{}, 0},
		{RetryAfter{Delay: time.Minute}, time.Minute},
		{RetryAfter{Delay: -time.Minute}, 0},
		{RetryAfter{Delay: 1<<63 - 1}, Forever},
		{RetryAfter{Delay: time.Minute, Date: date}, time.Second},
		{RetryAfter{Date: date.Add(-time.Hour)}, 0},
		{RetryAfter{Date: date.AddDate(5000, 0, 0)}, Forever},
		{RetryAfter{Date: time.Unix(0, 0)}, 0},
	} {
		if got := c.after.Wait(date.Add(-time.Second)); got != c.want {
			t.Errorf("%v: %v, want %v", c.after, got, c.want)
		}
	}
	if got := (RetryAfter{Delay: 1001 * time.Millisecond}).String() + (RetryAfter{Delay: 1<<63 - 1}).String(); got != "22147483648" {
		t.Error(got)
	}
}

func TestServerTiming(t *testing.T) {
	check(t, ParseServerTiming, []reading[ServerTiming]{
		{nil, nil, "", ""},
		// W3C Server Timing 2.
		{
			lines("miss, db;dur=53, app;dur=47.2", "customView, dc;desc=atl"),
			ServerTiming{{Name: "miss"}, {Name: "db", Duration: 53 * time.Millisecond}, {Name: "app", Duration: 47200 * time.Microsecond}, {Name: "customView"}, {Name: "dc", Description: "atl"}},
			`miss, db;dur=53, app;dur=47.2, customView, dc;desc="atl"`, "",
		},
		{
			lines(`cache;desc="Cache Read, \"hot\"";dur=23.0000019, x ; Dur = .5 ; dur=7; y; z=1`),
			ServerTiming{
				{Name: "cache", Duration: 23000001, Description: `Cache Read, "hot"`},
				{Name: "x", Duration: 500 * time.Microsecond, Params: Params{{"y", ""}, {"z", "1"}}},
			},
			`cache;dur=23.000001;desc="Cache Read, \"hot\"", x;dur=0.5; y; z=1`, "",
		},
		{lines("a;dur=" + strings.Repeat("9", 40)), ServerTiming{{Name: "a", Duration: Forever}}, "a;dur=2147483648000", ""},
		{lines("a;dur=x, b;dur=-1, c;dur", "d;dur=1e3, e;dur=."), ServerTiming{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}, {Name: "e"}}, "a, b, c, d, e", "not a duration"},
		{lines("a b, =, ok"), ServerTiming{{Name: "ok"}}, "ok", "not a metric"},
	})
	got := ServerTiming{{Name: "a b"}, {Name: "c", Duration: -1, Description: "\r\n"}}.String()
	if got != "c" {
		t.Errorf("%q", got)
	}
}

func TestStrictTransportSecurity(t *testing.T) {
	year := 8760 * time.Hour
	check(t, single(ParseStrictTransportSecurity), []reading[StrictTransportSecurity]{
		// RFC 6797 6.2.
		{lines("max-age=31536000"), StrictTransportSecurity{MaxAge: year}, "max-age=31536000", ""},
		{lines("max-age=15768000 ; includeSubDomains"), StrictTransportSecurity{MaxAge: year / 2, IncludeSubDomains: true}, "max-age=15768000; includeSubDomains", ""},
		{lines(`MAX-AGE="31536000"`), StrictTransportSecurity{MaxAge: year}, "max-age=31536000", ""},
		{lines("max-age=0"), StrictTransportSecurity{}, "max-age=0", ""},
		{lines("max-age=0; includeSubDomains; preload; x; y=z;"), StrictTransportSecurity{0, true, true}, "max-age=0; includeSubDomains; preload", ""},
		{lines("max-age=99999999999999999999"), StrictTransportSecurity{MaxAge: Forever}, "max-age=2147483648", ""},
		// To be ignored.
		{lines("includeSubDomains"), StrictTransportSecurity{}, "max-age=0", "no max-age"},
		{lines("max-age"), StrictTransportSecurity{}, "max-age=0", "not a single max-age"},
		{lines("max-age=1; max-age=2"), StrictTransportSecurity{}, "max-age=0", "not a single max-age"},
		{lines("max-age=-1"), StrictTransportSecurity{}, "max-age=0", "not a single max-age"},
		{lines("max-age=1; includeSubDomains; includesubdomains"), StrictTransportSecurity{}, "max-age=0", "a directive twice"},
		{lines("max-age=1, includeSubDomains"), StrictTransportSecurity{}, "max-age=0", "not a single max-age"},
		{nil, StrictTransportSecurity{}, "max-age=0", "empty"},
	})
}

func TestAltSvc(t *testing.T) {
	one := func(s AltService) AltSvc { return AltSvc{Services: []AltService{s}} }
	const no = "not an alternative"
	check(t, ParseAltSvc, []reading[AltSvc]{
		{nil, AltSvc{}, "", ""},
		// RFC 7838 3.
		{lines(`h2=":8000"`), one(AltService{Protocol: "h2", Port: 8000, MaxAge: day}), `h2=":8000"`, ""},
		{lines(`h2="new.example.org:80"`), one(AltService{Protocol: "h2", Host: "new.example.org", Port: 80, MaxAge: day}), `h2="new.example.org:80"`, ""},
		{lines(`w%3Dx%3Ay=":1"; ma=3600`), one(AltService{Protocol: "w=x:y", Port: 1, MaxAge: time.Hour}), `w%3Dx%3Ay=":1"; ma=3600`, ""},
		{
			lines(`h2="alt.example.com:8000", h2=":443"; persist=1`, `h3="[::1]:443"; ma=0; x=y`),
			AltSvc{Services: []AltService{
				{"h2", "alt.example.com", 8000, day, false},
				{"h2", "", 443, day, true},
				{"h3", "::1", 443, none, false},
			}},
			`h2="alt.example.com:8000", h2=":443"; persist=1, h3="[::1]:443"; ma=0`, "",
		},
		{lines("clear"), AltSvc{Clear: true}, "clear", ""},
		{lines(`h2=":1", clear`), AltSvc{Clear: true}, "clear", ""},
		{lines(`h2=":1"; persist=2; ma=x`), one(AltService{Protocol: "h2", Port: 1, MaxAge: none}), `h2=":1"; ma=0`, "not a number of seconds"},
		// Garbage.
		{lines("Clear"), AltSvc{}, "", no},
		{lines(`h2`, `h2=`, `h2=""`, `h2="a"`, `h2=":"`, `h2=":0"`, `h2=":65536"`, `h2=":+1"`, `h2=":80a"`), AltSvc{}, "", no},
		{lines(`=":1"`, `h 2=":1"`, `h%2=":1"`, `h2="a b:1"`, `h2="a/b:1"`, `h2="a@b:1"`, `h2=":1"x`), AltSvc{}, "", no},
		{lines(`é=":1", h2=:1`), one(AltService{Protocol: "h2", Port: 1, MaxAge: day}), `h2=":1"`, no},
	})
	got := AltSvc{Services: []AltService{{}, {Protocol: "h2", Host: `"; x`, Port: 1}, {Protocol: "a\n", Port: 1, MaxAge: -1}}}.String()
	if want := `a%0A=":1"; ma=0`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
