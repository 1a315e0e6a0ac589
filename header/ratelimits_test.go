package header

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// rateLimitNow is 1372700873 seconds after 1970, which GitHub's documentation once had.
var rateLimitNow = time.Unix(1372700873, 0)

func TestRateLimits(t *testing.T) {
	h := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Add(pairs[i], pairs[i+1])
		}
		return h
	}
	for _, c := range []struct {
		in   http.Header
		want RateLimits
	}{
		{h(), nil},
		// The draft's examples.
		{
			h("RateLimit-Policy", `"burst";q=100;w=60,"daily";q=1000;w=86400`, "RateLimit", `"daily";r=0;t=36000`),
			RateLimits{{"burst", "", nil, 100, time.Minute, -1, -1}, {"daily", "", nil, 1000, 24 * time.Hour, 0, 10 * time.Hour}},
		},
		{
			h("RateLimit-Policy", `"peruser";q=65535;qu="content-bytes";w=10;pk=:sdfjLJUOUH==:`, "RateLimit", `"peruser";r=12`, "RateLimit", `"other";r=1;t=5`),
			RateLimits{{"peruser", "content-bytes", []byte("\xb1\xd7\xe3\x2c\x95\x0e\x50"), 65535, 10 * time.Second, 12, -1}, {"other", "", nil, -1, -1, 1, 5 * time.Second}},
		},
		{h("RateLimit", "default;r=50;t=30"), RateLimits{{"default", "", nil, -1, -1, 50, 30 * time.Second}}},
		{h("RateLimit", `"a";r=1;pk=:YQ==:, "a";r=2;pk=:Yg==:`), RateLimits{{"a", "", []byte("a"), -1, -1, 1, -1}, {"a", "", []byte("b"), -1, -1, 2, -1}}},
		// What it was before.
		{h("RateLimit", "limit=100, remaining=50, reset=50"), RateLimits{{"", "", nil, 100, -1, 50, 50 * time.Second}}},
		{h("RateLimit-Limit", "100, 100;w=60", "RateLimit-Remaining", "0", "RateLimit-Reset", "5"), RateLimits{{"", "", nil, 100, -1, 0, 5 * time.Second}}},
		{h("X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "56", "X-RateLimit-Reset", "1372700933"), RateLimits{{"", "", nil, 60, -1, 56, time.Minute}}},
		{h("X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1372700933000"), RateLimits{{"", "", nil, 60, -1, 0, time.Minute}}},
		{h("X-Rate-Limit-Remaining", "3", "X-Rate-Limit-Reset", "1.5"), RateLimits{{"", "", nil, -1, -1, 3, time.Second}}},
		{h("X-RateLimit-Remaining", "3", "X-RateLimit-Reset", "1372700000"), RateLimits{{"", "", nil, -1, -1, 3, 0}}},
		{h("X-RateLimit-Remaining", "3", "X-RateLimit-Reset", "9223372036854775807"), RateLimits{{"", "", nil, -1, -1, 3, Forever}}},
		// The newest kind counts.
		{h("X-RateLimit-Remaining", "3", "RateLimit", `"a";r=4`), RateLimits{{"a", "", nil, -1, -1, 4, -1}}},
		// What makes no sense is skipped.
		{h("RateLimit-Policy", `"a";w=1, 5;q=1, ("b");q=1, "c";q=-1, "d";q=x`, "RateLimit", `"a";t=1`), nil},
	} {
		got, err := ParseRateLimits(c.in, rateLimitNow)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v:\n got %v, %v\nwant %v", c.in, got, err, c.want)
		}
	}
	for field, values := range map[string][]string{
		"Ratelimit-Policy": {`"a";q=`, `"a";q=1,`, `"é";q=1`, strings.Repeat(`"a";q=1, `, 5000) + `"a";q=1`},
		"Ratelimit":        {`"a`, "\x00", strings.Repeat("a, ", 6000) + "a"},
		"X-Ratelimit-Limit": {
			"x", "-1", "1000000000000000000000", "+1",
		},
	} {
		for _, value := range values {
			got, err := ParseRateLimits(http.Header{field: {value}}, rateLimitNow)
			e, ok := errors.AsType[*Error](err)
			if !ok || !strings.EqualFold(e.Field, field) || got != nil || len(e.Error()) > 400 {
				t.Errorf("%s: %.40q: %v, %v", field, value, got, err)
			}
		}
	}
}

func TestRateLimitsWait(t *testing.T) {
	for _, c := range []struct {
		limits RateLimits
		want   time.Duration
	}{
		{nil, 0},
		{RateLimits{{Remaining: 1, Reset: time.Hour}}, 0},
		{RateLimits{{Remaining: -1, Reset: time.Hour}}, 0},
		{RateLimits{{Remaining: 0, Reset: -1}}, 0},
		{RateLimits{{Reset: time.Minute}, {Reset: time.Hour}, {Remaining: 5, Reset: 2 * time.Hour}}, time.Hour},
	} {
		if got := c.limits.Wait(); got != c.want {
			t.Errorf("%v: %v, want %v", c.limits, got, c.want)
		}
	}
}

func TestRateLimitsSet(t *testing.T) {
	h := http.Header{"Ratelimit": {"old"}, "Ratelimit-Policy": {"old"}}
	RateLimits{
		{"a", "content-bytes", []byte("x"), 1 << 60, time.Minute, 5, 1500 * time.Millisecond},
		{Policy: "b\r\n", Limit: 1},
		{Policy: "c", Unit: "é", Limit: 1},
		{Policy: "d", Limit: -1, Window: -1, Remaining: 0, Reset: -1},
	}.Set(h)
	want := http.Header{
		"Ratelimit-Policy": {`"a";q=999999999999999;qu="content-bytes";w=60;pk=:eA==:`},
		"Ratelimit":        {`"a";r=5;t=2;pk=:eA==:, "d";r=0`},
	}
	if !reflect.DeepEqual(h, want) {
		t.Errorf("%v, want %v", h, want)
	}
	if (RateLimits{}).Set(h); len(h) != 0 {
		t.Errorf("left: %v", h)
	}
}

func FuzzRateLimits(f *testing.F) {
	f.Add(`"burst";q=100;w=60;qu="x";pk=:YQ==:, d;q=1`, `"burst";r=0;t=36000, "x";r=1;pk=:YQ==:`, "1372700933")
	f.Add("", "limit=100, remaining=50, reset=50", "5, 6;w=1")
	f.Fuzz(func(t *testing.T, policy, limit, legacy string) {
		ParseRateLimits(http.Header{"Ratelimit-Limit": {legacy}, "X-Ratelimit-Remaining": {legacy}, "Ratelimit-Reset": {legacy}}, rateLimitNow)
		in := http.Header{"Ratelimit-Policy": {policy}, "Ratelimit": {limit}}
		limits, err := ParseRateLimits(in, rateLimitNow)
		if e, ok := errors.AsType[*Error](err); err != nil && (!ok || len(e.Text) > maxQuoted) {
			t.Errorf("%v", err)
		}
		h := http.Header{}
		limits.Set(h)
		again, err := ParseRateLimits(h, rateLimitNow)
		if _, old := dictionary([]string{limit}); !old && (err != nil || !reflect.DeepEqual(limits, again)) {
			t.Errorf("%q:\n%v, written as %q, is read as\n%v, %v", in, limits, h, again, err)
		}
	})
}
