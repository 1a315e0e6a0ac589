package transport

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

// Whatever a tracer does with what it is told of heads, a secret is not in there.
func TestSecrets(t *testing.T) {
	const secret = "s3/cret 1"
	escaped := url.QueryEscape(secret)
	addr := serve(t, always("HTTP/1.1 200 "+secret+"\r\nX-Echo: a"+secret+"b\r\nLocation: /?k="+escaped+"\r\nX-Other: o\r\n"+
		"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trail: "+secret+"\r\n\r\n"))
	rec, plain := &recorder{}, &recorder{}
	tr := examined(t, &Transport{Tracer: rec})
	target := "http://" + addr + "/" + url.PathEscape(secret) + "/x?k=" + escaped
	send := func(o *Overrides) {
		req := with(t, target, o)
		req.Header.Set("X-Key", secret)
		req.Header.Set("X-Mine", "m")
		do(t, tr, req)
	}
	send(&Overrides{Secrets: []string{"", secret, "nothing"}})
	send(&Overrides{Tracer: plain})
	_, events := rec.take()
	seen := 0
	for _, ev := range events {
		fields := trace.Fields(nil)
		text := ""
		switch ev := ev.(type) {
		case trace.RequestHead:
			fields, text = ev.Fields, ev.Target+ev.URL
			if ev.Target != "/•••/x?k=•••" || ev.URL != "http://"+addr+"/•••/x?k=•••" {
				t.Errorf("%s, %s", ev.Target, ev.URL)
			}
		case trace.ResponseHead:
			fields, text = ev.Fields, ev.Reason
		case trace.Trailer:
			fields = ev.Fields
		default:
			continue
		}
		seen++
		for _, f := range fields {
			holds := strings.Contains(f.Value, secret) || strings.Contains(f.Value, escaped)
			if f.Secret != holds {
				t.Errorf("%+v", f)
			}
		}
		if text += fmt.Sprint(trace.Redact(fields)); strings.Contains(text, "cret") {
			t.Error(text)
		}
	}
	if seen != 3 {
		t.Errorf("%d events", seen)
	}
	if _, events := plain.take(); !strings.Contains(fmt.Sprint(events), secret) {
		t.Error("the test would not have noticed")
	}
}
