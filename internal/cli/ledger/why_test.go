package ledger

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/godwit/internal/cli/term"
	"example.com/godwit/trace"
)

// asTold is a source that has nothing to add.
func asTold(_ Asked, b Because) string { return b.Rule }

func TestWhy(t *testing.T) {
	got := told(&Ledger{}).Why(asTold, false)
	want := `why POST http://a.example/in?access_token=•••
    proxy       http://proxy.example:3128: the environment
    connection  a.example:80: opened, because none was idle
    protocol    HTTP/1.1: in clear, where nothing is agreed on
    credential  an Authorization field
    cookies     none
    answer      303 See Other
    redirect    GET https://b.example/out?token=•••: See Other
why GET https://b.example/out?token=••• (hop 1)
    proxy       none
    ca          the system's
    again       after 2ms: challenge
why GET https://b.example/out (hop 1, attempt 2)
    proxy       none
    protocol    HTTP/2: in clear, where nothing is agreed on
    credential  none
    cookies     none
    answer      200
    decoding    left as it is (br)
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if shown := told(&Ledger{}).Why(asTold, true); strings.Count(shown, "s3cret") != 3 {
		t.Errorf("%s", shown)
	}
	if got := new(Ledger).Why(asTold, false); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

// Whom the whole call trusts is told once and holds for all its connections; who is not verified is
// one origin.
func TestWhyCA(t *testing.T) {
	l := &Ledger{}
	for _, ev := range []trace.Event{
		trace.CallStart{Method: "GET", Origin: "https://a:443", Path: "/"},
		trace.Choice{What: "ca", Value: "a.pem", Rule: "CA option"},
		trace.RequestHead{Exchange: 1, Method: "GET", URL: "https://a/", Conn: trace.Conn{TLS: &tls.ConnectionState{NegotiatedProtocol: "h2"}}},
		trace.ResponseHead{Exchange: 1, Status: 302, Fields: trace.Fields{{Name: "Location", Value: "/"}}},
		trace.Done{Exchange: 1},
		trace.Choice{What: "redirect", Value: "GET https://b/", Rule: "Found"},
		trace.RequestHead{Exchange: 2, Method: "GET", URL: "https://b/", Proto: "HTTP/1.1", Conn: trace.Conn{TLS: &tls.ConnectionState{}}},
		trace.ResponseHead{Exchange: 2, Status: 302, Fields: trace.Fields{{Name: "Location", Value: "/"}}},
		trace.RequestHead{Exchange: 3, Method: "GET", URL: "https://b/", Conn: trace.Conn{Reused: true, TLS: &tls.ConnectionState{}}},
		trace.ResponseHead{Exchange: 3, Status: 302, Reason: "\x1b[1m", Fields: trace.Fields{{Name: "Location", Value: "/"}}},
	} {
		l.Trace(t.Context(), ev)
	}
	blocks := strings.Split(l.Why(asTold, false), "why ")[1:]
	for i, want := range []string{"ca          a.pem: CA option\n", "ca          a.pem: CA option\n", ""} {
		if !strings.Contains(blocks[i], want) || want == "" && strings.Contains(blocks[i], "ca   ") {
			t.Errorf("%d: %s", i, blocks[i])
		}
	}
	if !strings.Contains(blocks[1], "HTTP/1.1: the server has agreed on none (ALPN)") || !strings.Contains(blocks[2], "redirect    not followed") || strings.Contains(blocks[1], "not followed") || strings.Contains(blocks[2], "\x1b") {
		t.Errorf("%q", blocks)
	}
}

// timed is a ledger with two exchanges whose times are known.
func timed() *Ledger {
	at := func(ms int) time.Time { return time.Unix(0, 0).Add(time.Duration(ms) * time.Millisecond) }
	return &Ledger{start: at(0), end: at(100), exchanges: []*exchange{
		{
			id: 1, start: at(0), method: "GET", url: "http://a.example/\u202e?token=x",
			spans: []span{{trace.DNS, "", at(0), at(10)}, {trace.Connect, "", at(10), at(30)}, {trace.TLS, "", at(30), at(30)}, {trace.TLS, "", at(35), at(40)}},
			done:  &trace.Done{Err: errors.New("no")},
		},
		{
			id: 2, start: at(60),
			request:  &trace.RequestHead{Method: "GET", URL: "http://a.example/" + strings.Repeat("long", 30), Conn: trace.Conn{Reused: true}},
			response: &trace.ResponseHead{Status: 200, Reason: "OK"},
			spans:    []span{{trace.Send, "", at(60), at(61)}, {trace.Wait, "", at(61), at(95)}, {trace.Receive, "", at(100), time.Time{}}},
		},
	}}
}

func TestWaterfall(t *testing.T) {
	got := timed().Waterfall(Drawing{Width: 44})
	want := `GET http://a.example/\u202e?token=•••: no
    dns     ##                       10.0 ms
    connect   ####                   20.0 ms
    tls           ##                  5.0 ms
GET http://a.example/longlonglonglonglonglo…
    send                #             1.0 ms
    wait                #######      34.0 ms
    receive                    #      0.0 ms
    total                           100.0 ms
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 44 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	blocks := timed().Waterfall(Drawing{Width: 10, Blocks: true, Style: func(trace.Phase) term.Style { return term.Red }})
	if !strings.Contains(blocks, string(term.Red)+"█") || strings.Contains(blocks, "#") {
		t.Errorf("%q", blocks)
	}
	if got := new(Ledger).Waterfall(Drawing{}); got != "" {
		t.Errorf("of nothing: %q", got)
	}
	// All at the same instant.
	l := &Ledger{}
	l.exchanges = []*exchange{{spans: []span{{phase: trace.Wait}}}}
	if got := l.Waterfall(Drawing{}); !strings.Contains(got, "#") {
		t.Errorf("%q", got)
	}
}
