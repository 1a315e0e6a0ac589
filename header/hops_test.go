package header

// The fields that tutorials call general: Via, Warning, Connection, Upgrade,
// Transfer-Encoding, TE.

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestVia(t *testing.T) {
	http := func(version string) Protocol { return Protocol{"HTTP", version} }
	check(t, ParseVia, []reading[Via]{
		{nil, nil, "", ""},
		// RFC 9110 7.6.3.
		{lines("1.0 fred, 1.1 p.example.net"), Via{{http("1.0"), "fred", ""}, {http("1.1"), "p.example.net", ""}}, "1.0 fred, 1.1 p.example.net", ""},
		{lines("1.0 ricky, 1.1 ethel", "1.1 fred, 1.0 lucy"), Via{{http("1.0"), "ricky", ""}, {http("1.1"), "ethel", ""}, {http("1.1"), "fred", ""}, {http("1.0"), "lucy", ""}}, "1.0 ricky, 1.1 ethel, 1.1 fred, 1.0 lucy", ""},
		// RFC 2616 14.45, and the page from which its host had been lost.
		{lines("1.0 fred, 1.1 nowhere.com (Apache/1.1)"), Via{{http("1.0"), "fred", ""}, {http("1.1"), "nowhere.com", "Apache/1.1"}}, "1.0 fred, 1.1 nowhere.com (Apache/1.1)", ""},
		{lines("1.0 fred, 1.1 (Apache/1.1)"), Via{{http("1.0"), "fred", ""}, {http("1.1"), "", "Apache/1.1"}}, "1.0 fred, 1.1 (Apache/1.1)", ""},
		{lines("HTTP/1.1 GWA, h2/2 x"), Via{{http("1.1"), "GWA", ""}, {Protocol{"h2", "2"}, "x", ""}}, "1.1 GWA, h2/2 x", ""},
		{lines("1.1 [::1]:3128\t(squid, (or\\) not))"), Via{{http("1.1"), "[::1]:3128", "squid, (or) not)"}}, `1.1 [::1]:3128 (squid, \(or\) not\))`, ""},
		{lines("1.1 a (b (c) d)"), Via{{http("1.1"), "a", "b (c) d"}}, "1.1 a (b (c) d)", ""},
		{lines(`1.1 a (\"b\\)`), Via{{http("1.1"), "a", `"b\`}}, `1.1 a ("b\\)`, ""},
		// Garbage.
		{lines("1.1, fred, 1.1 ok"), Via{{http("1.1"), "ok", ""}}, "1.1 ok", "not a hop"},
		{lines("1.1 a b, 1.1 ok"), Via{{http("1.1"), "ok", ""}}, "1.1 ok", "not a hop"},
		{lines("1.1 a (b, 1.1 ok"), Via{{http("1.1"), "ok", ""}}, "1.1 ok", "not a hop"},
		{lines("1.1 a (b) c", "1.1 ()", "/ a", "1.1/ a", "1.1 a;b"), nil, "", "not a hop"},
		{lines("1.1 a (\x1b[2J)"), nil, "", "a control character"},
	})
	got := Via{{By: "a"}, {Protocol: http("1.1"), By: "a, 1.1 b"}, {Protocol: http("1.1"), By: "a", Comment: "\r\n"}, {Protocol: Protocol{Version: "1.1"}, By: "b", Comment: ")("}}.String()
	if want := `1.1 b (\)\()`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWarnings(t *testing.T) {
	date := time.Date(2015, 10, 21, 7, 28, 0, 0, time.UTC)
	check(t, ParseWarnings, []reading[Warnings]{
		{nil, nil, "", ""},
		// RFC 7234 5.5.
		{
			lines(`112 - "network down" "Wed, 21 Oct 2015 07:28:00 GMT"`),
			Warnings{{112, "-", "network down", date}},
			`112 - "network down" "Wed, 21 Oct 2015 07:28:00 GMT"`, "",
		},
		{
			lines(`110 anderson/1.3.37 "Response is stale", 299 - "b"`, `214 proxy:8080   "a \"b\", c"`),
			Warnings{{110, "anderson/1.3.37", "Response is stale", time.Time{}}, {299, "-", "b", time.Time{}}, {214, "proxy:8080", `a "b", c`, time.Time{}}},
			`110 anderson/1.3.37 "Response is stale", 299 - "b", 214 proxy:8080 "a \"b\", c"`, "",
		},
		{lines(`199 a ""`), Warnings{{Code: 199, Agent: "a"}}, `199 a ""`, ""},
		{lines(`299 - Deprecated API`), Warnings{{Code: 299, Agent: "-", Text: "Deprecated API"}}, `299 - "Deprecated API"`, ""},
		{lines(`001 - "x" "Wednesday, 21-Oct-15 07:28:00 GMT"`), Warnings{{1, "-", "x", date}}, `001 - "x" "Wed, 21 Oct 2015 07:28:00 GMT"`, ""},
		// Garbage.
		{lines(`299 - "x" now`), Warnings{{Code: 299, Agent: "-", Text: "x"}}, `299 - "x"`, "not a date"},
		{lines(`299 - "x" "now"`), Warnings{{Code: 299, Agent: "-", Text: "x"}}, `299 - "x"`, "not a date"},
		{lines(`29 - "x"`, `2999 - "x"`, `abc - "x"`, `299 "x"`, `299`, `+29 - "x"`), nil, "", "not a warning"},
		{lines(`299 - "x`), Warnings{{Code: 299, Agent: "-", Text: "x"}}, `299 - "x"`, ""},
	})
	got := Warnings{{Code: 1000}, {Code: -1}, {Code: 299, Agent: "a b"}, {Code: 299, Text: "\n"}, {Code: 299}}.String()
	if want := `299 - ""`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestConnection(t *testing.T) {
	check(t, ParseConnection, []reading[Connection]{
		{nil, nil, "", ""},
		{lines("close"), Connection{"close"}, "close", ""},
		{lines("Keep-Alive"), Connection{"keep-alive"}, "keep-alive", ""},
		{lines(" Upgrade ,, HTTP2-Settings", "TE"), Connection{"upgrade", "http2-settings", "te"}, "upgrade, http2-settings, te", ""},
		{lines(`close; x, "close", a b, ok`), Connection{"ok"}, "ok", "not an option"},
		{lines("\u212Aeep-alive"), nil, "", "not an option"},
	})
	c := Connection{"X-A", "close"}
	if !c.Has("Close") || !c.Has("x-a") || c.Has("keep-alive") || c.String() != "x-a, close" {
		t.Errorf("%v: %q", c, c.String())
	}
}

func TestHopByHop(t *testing.T) {
	usual := "Connection,Keep-Alive,Proxy-Authenticate,Proxy-Authorization,Proxy-Connection,Te,Trailer,Transfer-Encoding,Upgrade"
	for _, c := range []struct {
		connection Connection
		want       string
	}{
		{nil, usual},
		{Connection{"close", "keep-alive", "te"}, usual},
		{Connection{"host", "content-length", "a b"}, usual},
		{Connection{"x-secret"}, usual + ",X-Secret"},
	} {
		if got := strings.Join(c.connection.HopByHop(), ","); got != c.want {
			t.Errorf("%v: %s", c.connection, got)
		}
	}
	if slices.Contains(hopByHop[:], "X-Secret") {
		t.Error("the list itself was altered")
	}
}

func TestUpgrade(t *testing.T) {
	check(t, ParseUpgrade, []reading[Upgrade]{
		{nil, nil, "", ""},
		// RFC 9110 7.8, and RFC 2616 14.42.
		{lines("websocket"), Upgrade{{"websocket", ""}}, "websocket", ""},
		{lines("HTTP/2.0, SHTTP/1.3, IRC/6.9, RTA/x11"), Upgrade{{"HTTP", "2.0"}, {"SHTTP", "1.3"}, {"IRC", "6.9"}, {"RTA", "x11"}}, "HTTP/2.0, SHTTP/1.3, IRC/6.9, RTA/x11", ""},
		{lines("a/", "/b", "a/b/c", "a b", `"a"`, "ok"), Upgrade{{"ok", ""}}, "ok", "not a protocol"},
	})
	u := Upgrade{{"WebSocket", ""}, {"a\n", ""}, {"b", " "}, {"c", "1"}}
	if !u.Has("websocket") || u.Has("web") || u.String() != "WebSocket, c/1" {
		t.Errorf("%q", u.String())
	}
}

func TestTransferEncoding(t *testing.T) {
	check(t, ParseTransferEncoding, []reading[TransferEncoding]{
		{nil, nil, "", ""},
		{lines("chunked"), TransferEncoding{{"chunked", nil}}, "chunked", ""},
		// RFC 9112 6.1.
		{lines("GZip, Chunked"), TransferEncoding{{"gzip", nil}, {"chunked", nil}}, "gzip, chunked", ""},
		{lines(`a;B=c; d="e, f"`, "chunked"), TransferEncoding{{"a", Params{{"b", "c"}, {"d", "e, f"}}}, {"chunked", nil}}, `a; b=c; d="e, f", chunked`, ""},
		{lines("chunked\x0b"), nil, "", "a control character"},
		{lines("\"chunked\"", "chun ked", "[chunked]"), nil, "", "not a coding"},
	})
	for in, want := range map[string]bool{
		"": false, "chunked": true, "CHUNKED": true, "gzip, chunked": true, "chunked, gzip": false,
		"chunked, chunked": false, "chunked, identity": false, "xchunked": false,
	} {
		if got, _ := ParseTransferEncoding(lines(in)); got.Chunked() != want {
			t.Errorf("%q: chunked is %v", in, !want)
		}
	}
}

func TestTE(t *testing.T) {
	check(t, ParseTE, []reading[TE]{
		{nil, nil, "", ""},
		// RFC 9110 10.1.4.
		{lines("deflate"), TE{{"deflate", nil, 1}}, "deflate", ""},
		{lines("trailers, deflate;q=0.5"), TE{{"trailers", nil, 1}, {"deflate", nil, .5}}, "trailers, deflate;q=0.5", ""},
		{lines("gzip;a=b;q=0.123, x;Q=0"), TE{{"gzip", Params{{"a", "b"}}, .123}, {"x", nil, -1}}, "gzip; a=b;q=0.123, x;q=0", ""},
		{lines("a b, c"), TE{{"c", nil, 1}}, "c", "not what is listed here"},
	})
	te, _ := ParseTE(lines("Trailers, gzip;q=.25, br;q=0"))
	for coding, want := range map[string]float64{"gzip": .25, "GZIP": .25, "br": 0, "x": 0, "chunked": 1} {
		if got := te.Quality(coding); got != want {
			t.Errorf("%s: %v, want %v", coding, got, want)
		}
	}
	if !te.Trailers() || (TE{}).Trailers() {
		t.Error("trailers")
	}
}
