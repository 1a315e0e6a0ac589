package header_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"

	"example.com/godwit/header"
)

// response is one that has passed through many hands.
func response() *http.Response {
	res := &http.Response{Header: http.Header{}, TransferEncoding: []string{"chunked"}}
	for _, line := range []string{
		"Cache-Control: max-age=2592000, private=\"set-cookie\"",
		"Date: Mon, 02 Jul 2018 11:06:07 GMT",
		"Expires: Wed, 01 Aug 2018 11:06:07 GMT",
		"Last-Modified: Sun, 01 Jul 2018 21:05:38 GMT",
		"Age: 90",
		"Content-Type: text/html; charset=UTF-8",
		"Vary: Accept-Encoding",
		"Connection: close, X-Trace",
		"Via: 1.0 fred, 1.1 nowhere.com (Apache/1.1)",
		"Warning: 110 anderson/1.3.37 \"Response is stale\"",
		"Link: <?page=2>; rel=\"next\", <?page=50>; rel=\"last\"; title*=UTF-8''letzte%20Seite",
		"Link: </>; rel=\"up start\"",
		"Content-Disposition: attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates",
		"Retry-After: 120",
		"Etag: W/\"67ab43\"",
		"Content-Range: bytes 42-1233/1234",
		"Accept: text/html, application/json;q=0.9, */*;q=0.1",
		"Allow: GET, HEAD, PUT",
		"Server-Timing: db;dur=53.2;desc=\"the database\", cache",
		"Strict-Transport-Security: max-age=31536000; includeSubDomains",
		"Alt-Svc: h3=\":443\"; ma=3600",
		"Upgrade: websocket, h2c",
		"RateLimit-Policy: \"burst\";q=100;w=60",
		"RateLimit: \"burst\";r=0;t=30",
		"Cache-Status: proxy; hit; ttl=376",
	} {
		name, value, _ := strings.Cut(line, ": ")
		res.Header.Add(name, value)
	}
	return res
}

func ExampleParseCacheControl() {
	res := response()

	cc, err := header.ParseCacheControl(res.Header.Values("Cache-Control"))
	fmt.Println(cc.MaxAge, cc.NoStore, cc.Private, cc.PrivateFields, err)
	// Output: 720h0m0s false true [Set-Cookie] <nil>
}

func ExampleCacheControl() {
	req, _ := http.NewRequest("GET", "http://example.com/", nil)

	req.Header.Set("Cache-Control", header.CacheControl{NoCache: true}.String())
	fmt.Println(req.Header)

	// As with an http.Cookie, a negative MaxAge says 0, and 0 says nothing.
	fmt.Println(header.CacheControl{MaxAge: -1, StaleIfError: time.Hour})
	fmt.Println(header.CacheControl{MaxStale: header.Forever, OnlyIfCached: true})
	// Output:
	// map[Cache-Control:[no-cache]]
	// max-age=0, stale-if-error=3600
	// max-stale, only-if-cached
}

func ExampleParseTime() {
	for _, value := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
	} {
		t, err := header.ParseTime(value)
		fmt.Println(t, err)
	}
	// Output:
	// 1994-11-06 08:49:37 +0000 UTC <nil>
	// 1994-11-06 08:49:37 +0000 UTC <nil>
	// 1994-11-06 08:49:37 +0000 UTC <nil>
}

func ExampleFormatTime() {
	berlin := time.FixedZone("CET", 3600)
	fmt.Println(header.FormatTime(time.Date(1994, 11, 6, 9, 49, 37, 0, berlin)))
	// Output: Sun, 06 Nov 1994 08:49:37 GMT
}

func ExampleParseAge() {
	age, err := header.ParseAge(response().Header.Get("Age"))
	fmt.Println(age, err)
	// Output: 1m30s <nil>
}

func ExampleFormatAge() {
	fmt.Println(header.FormatAge(90 * time.Second))
	// Output: 90
}

func ExampleParseVia() {
	res := response()

	via, err := header.ParseVia(res.Header.Values("Via"))
	for _, hop := range via {
		fmt.Printf("%v by %s, %q\n", hop.Protocol, hop.By, hop.Comment)
	}
	fmt.Println(err)
	// Output:
	// HTTP/1.0 by fred, ""
	// HTTP/1.1 by nowhere.com, "Apache/1.1"
	// <nil>
}

func ExampleVia() {
	via := header.Via{
		{Protocol: header.Protocol{Version: "1.1"}, By: "proxy:3128", Comment: "squid"},
		{Protocol: header.Protocol{Name: "h2", Version: "2"}, By: "edge"},
	}
	fmt.Println(via)
	// Output: 1.1 proxy:3128 (squid), h2/2 edge
}

func ExampleParseWarnings() {
	res := response()

	warnings, err := header.ParseWarnings(res.Header.Values("Warning"))
	for _, w := range warnings {
		fmt.Println(w.Code, w.Agent, w.Text, w.Date.IsZero())
	}
	fmt.Println(err)
	// Output:
	// 110 anderson/1.3.37 Response is stale true
	// <nil>
}

func ExampleWarnings() {
	fmt.Println(header.Warnings{{
		Code: 112, Text: "network down", Date: time.Date(2015, 10, 21, 7, 28, 0, 0, time.UTC),
	}})
	// Output: 112 - "network down" "Wed, 21 Oct 2015 07:28:00 GMT"
}

func ExampleParseConnection() {
	res := response()

	connection, err := header.ParseConnection(res.Header.Values("Connection"))
	fmt.Println(connection.Has("close"), connection.Has("keep-alive"), err)
	// Output: true false <nil>
}

func ExampleConnection() {
	fmt.Println(header.Connection{"Upgrade", "HTTP2-Settings"})
	// Output: upgrade, http2-settings
}

func ExampleConnection_HopByHop() {
	h := response().Header

	connection, _ := header.ParseConnection(h.Values("Connection"))
	for _, name := range connection.HopByHop() {
		h.Del(name)
	}
	fmt.Println(connection.HopByHop())
	// Output: [Connection Keep-Alive Proxy-Authenticate Proxy-Authorization Proxy-Connection Te Trailer Transfer-Encoding Upgrade X-Trace]
}

func ExampleParseTransferEncoding() {
	res := response()

	// net/http keeps this one beside the header.
	te, err := header.ParseTransferEncoding(res.TransferEncoding)
	fmt.Println(te, te.Chunked(), err)
	// Output: chunked true <nil>
}

func ExampleTransferEncoding() {
	fmt.Println(header.TransferEncoding{{Name: "gzip"}, {Name: "chunked"}})
	// Output: gzip, chunked
}

func ExampleParseUpgrade() {
	res := response()

	upgrade, err := header.ParseUpgrade(res.Header.Values("Upgrade"))
	fmt.Println(upgrade.Has("WebSocket"), upgrade[1], err)
	// Output: true h2c <nil>
}

func ExampleUpgrade() {
	fmt.Println(header.Upgrade{{"HTTP", "2.0"}, {"SHTTP", "1.3"}, {"IRC", "6.9"}, {"RTA", "x11"}})
	// Output: HTTP/2.0, SHTTP/1.3, IRC/6.9, RTA/x11
}

func ExampleParseTE() {
	te, err := header.ParseTE([]string{"trailers, deflate;q=0.5"})
	fmt.Println(te.Trailers(), te.Quality("deflate"), te.Quality("br"), err)
	// Output: true 0.5 0 <nil>
}

func ExampleTE() {
	fmt.Println(header.TE{{Value: "trailers"}, {Value: "deflate", Q: 0.5}})
	// Output: trailers, deflate;q=0.5
}

func ExampleParseLinks() {
	res := response()

	links, err := header.ParseLinks(res.Header.Values("Link"))
	if err != nil {
		fmt.Println("some of it is not right:", err)
	}
	if next, ok := links.Get("next"); ok {
		fmt.Println(next.Target)
	}
	// Output: ?page=2
}

func ExampleLinks() {
	fmt.Println(header.Links{
		{Target: "/?page=2", Rel: []string{"next"}},
		{Target: "/style.css", Rel: []string{"preload"}, Params: header.Params{{Name: "as", Value: "style"}, {Name: "crossorigin"}}},
	})
	// Output: </?page=2>; rel="next", </style.css>; rel="preload"; as=style; crossorigin
}

func ExampleLinks_Resolve() {
	res := response()
	res.Request = &http.Request{URL: &url.URL{Scheme: "https", Host: "example.com", Path: "/list"}}

	links, _ := header.ParseLinks(res.Header.Values("Link"))
	links = links.Resolve(res.Request.URL)
	next, ok := links.Get("next")
	fmt.Println(next.Target, ok)
	// Output: https://example.com/list?page=2 true
}

func ExampleLinks_ByRel() {
	links, _ := header.ParseLinks(response().Header.Values("Link"))
	byRel := links.ByRel() // r.links
	fmt.Println(byRel["last"].Target, byRel["last"].Title, byRel["start"].Target)
	// Output: ?page=50 letzte Seite /
}

func ExampleLink_Has() {
	link := header.Link{Target: "/", Rel: []string{"up", "start"}}
	fmt.Println(link.Has("Start"), link)
	// Output: true </>; rel="up start"
}

func ExampleParseContentDisposition() {
	res := response()

	d, err := header.ParseContentDisposition(res.Header.Get("Content-Disposition"))
	fmt.Println(d.Type, d.Filename, header.SafeName(d.Filename), err)
	// Output: attachment € rates € rates <nil>
}

func ExampleContentDisposition() {
	fmt.Println(header.ContentDisposition{Filename: "report.pdf"})
	fmt.Println(header.ContentDisposition{Type: "inline", Filename: "naïve \"plan\".txt"})
	// Output:
	// attachment; filename="report.pdf"
	// inline; filename="na_ve _plan_.txt"; filename*=UTF-8''na%C3%AFve%20%22plan%22.txt
}

func ExampleSafeName() {
	for _, name := range []string{"report.pdf", "../../.ssh/authorized_keys", `..\..\autoexec.bat`, ".bashrc", "con.txt", "invoice\u202efdp.exe", "..", "-rf"} {
		fmt.Printf("%q\n", header.SafeName(name))
	}
	// Output:
	// "report.pdf"
	// "authorized_keys"
	// "autoexec.bat"
	// "_bashrc"
	// "_con.txt"
	// "invoicefdp.exe"
	// ""
	// "_rf"
}

func ExampleParseRetryAfter() {
	res := response()

	after, err := header.ParseRetryAfter(res.Header.Get("Retry-After"))
	fmt.Println(min(after.Wait(time.Now()), time.Minute), err)
	// Output: 1m0s <nil>
}

func ExampleRetryAfter() {
	fmt.Println(header.RetryAfter{Delay: 90 * time.Second})
	fmt.Println(header.RetryAfter{Date: time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)})
	// Output:
	// 90
	// Fri, 31 Dec 1999 23:59:59 GMT
}

func ExampleRetryAfter_Wait() {
	after, _ := header.ParseRetryAfter("Fri, 31 Dec 1999 23:59:59 GMT")
	fmt.Println(after.Wait(time.Date(1999, 12, 31, 23, 59, 0, 0, time.UTC)))
	fmt.Println(after.Wait(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)))
	// Output:
	// 59s
	// 0s
}

func ExampleParseContentType() {
	res := response()

	ct, err := header.ParseContentType(res.Header.Get("Content-Type"))
	fmt.Println(ct.MediaType, ct.Charset(), ct.Params.Get("boundary") == "", err)
	// Output: text/html utf-8 true <nil>
}

func ExampleContentType() {
	fmt.Println(header.ContentType{MediaType: "multipart/form-data", Params: header.Params{{Name: "boundary", Value: "a b"}}})
	// Output: multipart/form-data; boundary="a b"
}

func ExampleParseAccept() {
	accept, err := header.ParseAccept(response().Header.Values("Accept"))
	fmt.Println(accept.Best("image/png", "application/json"), accept.Quality("text/plain"), err)
	// Output: application/json 0.1 <nil>
}

func ExampleAccept() {
	fmt.Println(header.Accept{{Value: "application/json"}, {Value: "text/*", Q: 0.5}, {Value: "*/*", Q: -1}})
	// Output: application/json, text/*;q=0.5, */*;q=0
}

func ExampleParseETag() {
	tag, err := header.ParseETag(response().Header.Get("ETag"))
	fmt.Println(tag.Tag, tag.Weak, tag.WeakMatch(header.ETag{Tag: "67ab43"}), tag.StrongMatch(tag), err)
	// Output: 67ab43 true true false <nil>
}

func ExampleParseETags() {
	tags, err := header.ParseETags([]string{`"a", W/"b"`})
	fmt.Println(tags.WeakMatch(header.ETag{Tag: "b"}), tags.StrongMatch(header.ETag{Tag: "b"}), err)
	// Output: true false <nil>
}

func ExampleETags() {
	fmt.Println(header.ETags{Tags: []header.ETag{{Tag: "a"}, {Tag: "b", Weak: true}}}, header.ETags{Any: true})
	// Output: "a", W/"b" *
}

func ExampleRange() {
	fmt.Println(header.Range{Spans: []header.Span{{First: 1000, Last: -1}}})
	fmt.Println(header.Range{Spans: []header.Span{{First: 0, Last: 499}, {First: -500}}})
	// Output:
	// bytes=1000-
	// bytes=0-499, -500
}

func ExampleParseRange() {
	r, err := header.ParseRange("bytes=500-999")
	fmt.Println(r.Unit, r.Spans, err)
	// Output: bytes [{500 999}] <nil>
}

func ExampleParseContentRange() {
	r, err := header.ParseContentRange(response().Header.Get("Content-Range"))
	fmt.Println(r.First, r.Last, r.Size, err)
	// Output: 42 1233 1234 <nil>
}

func ExampleContentRange() {
	fmt.Println(header.ContentRange{First: 0, Last: 499, Size: -1})
	fmt.Println(header.ContentRange{First: -1, Size: 1234})
	// Output:
	// bytes 0-499/*
	// bytes */1234
}

func ExampleParseAllow() {
	allow, err := header.ParseAllow(response().Header.Values("Allow"))
	fmt.Println(allow.Has("PUT"), allow.Has("DELETE"), err)
	// Output: true false <nil>
}

func ExampleAllow() {
	fmt.Println(header.Allow{"GET", "HEAD"})
	// Output: GET, HEAD
}

func ExampleParseVary() {
	vary, err := header.ParseVary(response().Header.Values("Vary"))
	fmt.Println(vary.Has("accept-encoding"), vary.Has("Cookie"), vary.Any(), err)
	// Output: true false false <nil>
}

func ExampleVary() {
	fmt.Println(header.Vary{"Accept", "Accept-Encoding"}, header.Vary{"*"}.Has("Cookie"))
	// Output: Accept, Accept-Encoding true
}

func ExampleParseServerTiming() {
	timing, err := header.ParseServerTiming(response().Header.Values("Server-Timing"))
	for _, m := range timing {
		fmt.Printf("%s %v %q\n", m.Name, m.Duration, m.Description)
	}
	fmt.Println(err)
	// Output:
	// db 53.2ms "the database"
	// cache 0s ""
	// <nil>
}

func ExampleServerTiming() {
	fmt.Println(header.ServerTiming{{Name: "db", Duration: 1500 * time.Microsecond}})
	// Output: db;dur=1.5
}

func ExampleParseStrictTransportSecurity() {
	sts, err := header.ParseStrictTransportSecurity(response().Header.Get("Strict-Transport-Security"))
	fmt.Println(sts.MaxAge, sts.IncludeSubDomains, err)
	// Output: 8760h0m0s true <nil>
}

func ExampleStrictTransportSecurity() {
	fmt.Println(header.StrictTransportSecurity{MaxAge: 24 * time.Hour, Preload: true})
	// Output: max-age=86400; preload
}

func ExampleParseAltSvc() {
	alt, err := header.ParseAltSvc(response().Header.Values("Alt-Svc"))
	fmt.Println(alt.Services[0].Protocol, alt.Services[0].Port, alt.Services[0].MaxAge, err)
	// Output: h3 443 1h0m0s <nil>
}

func ExampleAltSvc() {
	fmt.Println(header.AltSvc{Services: []header.AltService{{Protocol: "h3", Port: 443, Persist: true}}}, header.AltSvc{Clear: true})
	// Output: h3=":443"; persist=1 clear
}

func ExampleParseRateLimits() {
	limits, err := header.ParseRateLimits(response().Header, time.Now())
	for _, l := range limits {
		fmt.Println(l.Policy, l.Limit, l.Window, l.Remaining, l.Reset)
	}
	fmt.Println(limits.Wait(), err)
	// Output:
	// burst 100 1m0s 0 30s
	// 30s <nil>
}

func ExampleRateLimits_Set() {
	h := http.Header{}
	header.RateLimits{{Policy: "burst", Limit: 100, Window: time.Minute, Remaining: 7, Reset: 9 * time.Second}}.Set(h)
	fmt.Println(h.Get("RateLimit-Policy"), h.Get("RateLimit"))
	// Output: "burst";q=100;w=60 "burst";r=7;t=9
}

func ExampleParams_Get() {
	ct, _ := header.ParseContentType("text/plain; format=flowed; Charset=utf-8")
	fmt.Println(ct.Params.Get("CHARSET"), ct.Params)
	// Output: utf-8 [{format flowed} {charset utf-8}]
}

func ExampleError() {
	// What could be read is there, and what could not be is named.
	cc, err := header.ParseCacheControl([]string{"max-age=soon, no-transform"})
	fmt.Println(cc, err)
	// Output: max-age=0, no-transform Cache-Control: not a number of seconds: "max-age=soon"
}

// Fields that are structured (RFC 9651), with the module that this package reads some of its
// own with.
func Example_structuredField() {
	res := response()

	list, err := httpsfv.UnmarshalList(res.Header.Values("Cache-Status"))
	if err != nil {
		fmt.Println(err)
		return
	}
	proxy := list[0].(httpsfv.Item)
	ttl, _ := proxy.Params.Get("ttl")
	fmt.Println(proxy.Value, ttl)

	proxy.Params.Add("fwd", httpsfv.Token("stale"))
	text, err := httpsfv.Marshal(list)
	fmt.Println(text, err)
	// Output:
	// proxy 376
	// proxy;hit;ttl=376;fwd=stale <nil>
}

// What one element of a list is called, for who makes them one by one.
func ExampleParam() {
	charset := header.Param{Name: "charset", Value: "utf-8"}
	fmt.Println(header.ContentType{MediaType: "text/plain", Params: header.Params{charset}})
	// Output: text/plain; charset=utf-8
}

func ExampleCoding() {
	chunked := header.Coding{Name: "chunked"}
	fmt.Println(header.TransferEncoding{{Name: "gzip"}, chunked}.Chunked())
	// Output: true
}

func ExampleHop() {
	via, _ := header.ParseVia([]string{"1.1 proxy"})
	via = append(via, header.Hop{Protocol: header.Protocol{Version: "1.1"}, By: "me"})
	fmt.Println(via)
	// Output: 1.1 proxy, 1.1 me
}

func ExamplePreference() {
	json := header.Preference{Value: "application/json", Q: 0.5}
	fmt.Println(header.Accept{{Value: "text/csv"}, json})
	// Output: text/csv, application/json;q=0.5
}

func ExampleMetric() {
	query := header.Metric{Name: "db", Duration: 53200 * time.Microsecond, Description: "the database"}
	fmt.Println(header.ServerTiming{query})
	// Output: db;dur=53.2;desc="the database"
}

func ExampleWarning() {
	stale := header.Warning{Code: 110, Agent: "cache", Text: "Response is stale"}
	fmt.Println(header.Warnings{stale})
	// Output: 110 cache "Response is stale"
}

func ExampleRateLimit() {
	limit := header.RateLimit{Policy: "burst", Limit: 100, Window: time.Minute, Remaining: 7, Reset: 30 * time.Second}
	h := http.Header{}
	header.RateLimits{limit}.Set(h)
	fmt.Println(h["Ratelimit"], h["Ratelimit-Policy"])
	// Output: ["burst";r=7;t=30] ["burst";q=100;w=60]
}
