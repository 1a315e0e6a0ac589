package godwittest

import (
	"bytes"
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

const plainRecording = firstLine + `

> POST https://api.example.com/users?page=2&token=•••
> Accept: */*
> Authorization: •••
> Content-Type: application/json
>
> {"login":"hubot"}

< HTTP/1.1 201 Created
< Content-Type: application/json
< X-Empty:
<
< {"login":"hubot",
<
<  "id":1}
<
# trailer
< X-Sum: 42
`

func TestRecordingText(t *testing.T) {
	get := func(body string) *recording {
		return &recording{method: "GET", url: "http://h/", proto: "HTTP/1.1", status: "200 OK", responseBody: []byte(body)}
	}
	front := firstLine + "\n\n> GET http://h/\n\n< HTTP/1.1 200 OK\n"
	cut := get("x")
	cut.cut = true
	for _, c := range []struct {
		name string
		r    *recording
		text string
	}{
		{"all of it", &recording{
			method: "POST", url: "https://api.example.com/users?page=2&token=•••",
			request:     trace.Fields{{Name: "Accept", Value: "*/*"}, {Name: "Authorization", Value: "•••"}, {Name: "Content-Type", Value: "application/json"}},
			requestBody: []byte(`{"login":"hubot"}`),
			proto:       "HTTP/1.1", status: "201 Created",
			response:     trace.Fields{{Name: "Content-Type", Value: "application/json"}, {Name: "X-Empty"}},
			responseBody: []byte("{\"login\":\"hubot\",\n\n \"id\":1}\n"),
			trailer:      trace.Fields{{Name: "X-Sum", Value: "42"}},
		}, plainRecording},
		{"no body", get(""), front},
		{"one line", get("x"), front + "<\n< x\n"},
		{"a line end", get("\n"), front + "<\n<\n<\n"},
		{"what looks like the file", get("> GET\n< HTTP\n# base64\n\n# trailer\n"), front + "<\n< > GET\n< < HTTP\n< # base64\n<\n< # trailer\n<\n"},
		{"spaces", get(" \n  \nx "), front + "<\n<  \n<   \n< x \n"},
		{"CR LF", get("a\r\nb\r\n"), front + "<\n# lines end in CR LF\n< a\n< b\n<\n"},
		{"both line ends", get("a\r\nb\n"), front + "<\n# base64\n< YQ0KYgo=\n"},
		{"CR alone", get("a\rb"), front + "<\n# base64\n< YQ1i\n"},
		{"bytes", get("\x00\xff"), front + "<\n# base64\n< AP8=\n"},
		{"an escape", get("\x1b[2J"), front + "<\n# base64\n< G1sySg==\n"},
		{"a change of direction", get("a\u202eb"), front + "<\n# base64\n< YeKArmI=\n"},
		{"many bytes", get(strings.Repeat("\x00", 60)), front + "<\n# base64\n< " + strings.Repeat("A", 76) + "\n< AAAA\n"},
		{"a body cut short", cut, front + "<\n< x\n# cut short\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := c.r.text()
			if string(text) != c.text || err != nil {
				t.Errorf("got\n%s\n%v, want\n%s", text, err, c.text)
			}
			for _, text := range []string{c.text, strings.ReplaceAll(c.text, "\n", "\r\n"), "" + c.text + "\n\n"} {
				got, err := parseRecording([]byte(text))
				if err != nil {
					t.Fatalf("%v of\n%s", err, text)
				}
				if again, err := got.text(); string(again) != c.text || err != nil {
					t.Errorf("it became\n%s\n%v", again, err)
				}
				if !bytes.Equal(got.responseBody, c.r.responseBody) {
					t.Errorf("the body became %q", got.responseBody)
				}
			}
		})
	}
}

func TestRecordingRefuses(t *testing.T) {
	for _, f := range []trace.Field{{Name: "A b"}, {Name: "A", Value: "x\ny"}, {Name: "A", Value: "\x00"}, {Name: ""}} {
		r := &recording{method: "GET", url: "http://h/", proto: "HTTP/1.1", status: "200 OK", response: trace.Fields{f}}
		if _, err := r.text(); err == nil {
			t.Errorf("%+v was written", f)
		}
	}
}

func TestDamaged(t *testing.T) {
	whole := plainRecording
	for _, c := range []struct {
		name, text string
		line       int
		why        string
	}{
		{"nothing", "", 1, "it must be"},
		{"something else", "<html>", 1, "it must be"},
		{"another format", strings.Replace(whole, "format 1", "format 2", 1), 1, "it must be"},
		{"no request", firstLine + "\n", 2, "there must be a request"},
		{"no method", strings.Replace(whole, "> POST ", "> ", 1), 3, "there must be a request"},
		{"no URL", strings.Replace(whole, "https://api.example.com", "", 1), 3, "there must be a request"},
		{"no space", strings.Replace(whole, "> POST", ">POST", 1), 3, "there must be a space"},
		{"a field", strings.Replace(whole, "> Accept:", "> Accept", 1), 4, "there must be a field"},
		{"a name", strings.Replace(whole, "> Accept:", "> Acc ept:", 1), 4, "there must be a field"},
		{"a status", strings.Replace(whole, "201", "20", 1), 10, "there must be a response"},
		{"a version", strings.Replace(whole, "HTTP/1.1", "HTTP", 1), 10, "there must be a response"},
		{"no response", whole[:strings.Index(whole, "\n<")], 9, "there must be a response"},
		{"base64", strings.Replace(whole, "<\n< {", "<\n# base64\n< {", 1), 19, "base64"},
		{"a note", strings.Replace(whole, "# trailer", "# trailers", 1), 18, "nothing behind"},
		{"more", whole + "> GET http://h/\n", 20, "nothing behind"},
		{"a body without its mark", strings.Replace(whole, "<  \"id\"", "\"id\"", 1), 16, "nothing behind"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := parseRecording([]byte(c.text))
			e, ok := errors.AsType[*DamagedError](err)
			if r != nil || !ok || e.Line != c.line || !strings.Contains(e.Why, c.why) {
				t.Errorf("%v %v, want line %d: %s", r, err, c.line, c.why)
			}
		})
	}
	for i := range len(whole) { // cut at each byte: an error, or what was written
		if r, err := parseRecording([]byte(whole[:i])); err == nil {
			if text, err := r.text(); err != nil || len(text) > i+len("# trailer\n") {
				t.Errorf("cut at %d it became\n%s", i, text)
			}
		}
	}
}

func FuzzRecording(f *testing.F) {
	f.Add([]byte(plainRecording))
	f.Add([]byte(firstLine + "\n\n> GET http://h/\n>\n# base64\n> AA==\n\n< HTTP/2.0 200\n<\n# lines end in CR LF\n< a\n< b\n# cut short\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseRecording(data)
		if err != nil {
			return
		}
		text, err := r.text()
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", data, err)
		}
		again, err := parseRecording(text)
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Errorf("%+v has become %+v, %v", r, again, err)
		}
	})
}

func FuzzRecordingBody(f *testing.F) {
	f.Add([]byte("a\r\nb"), []byte("> x\n"), false)
	f.Fuzz(func(t *testing.T, up, down []byte, cut bool) {
		r := &recording{method: "GET", url: "http://h/", requestBody: up, proto: "HTTP/1.1", status: "200 OK", responseBody: down, cut: cut}
		text, err := r.text()
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(text), strings.ReplaceAll(string(text), "\n", "\r\n")} {
			got, err := parseRecording([]byte(text))
			if err != nil || !bytes.Equal(got.requestBody, up) || !bytes.Equal(got.responseBody, down) || got.cut != cut {
				t.Errorf("%q has become %+v, %v", text, got, err)
			}
		}
	})
}

// FuzzHide: what is hidden stays hidden, and hiding twice is hiding once.
func FuzzHide(f *testing.F) {
	f.Add("a=b&token=x", `{"token":["x",{"y":"z"}],"a":1}`, "application/json")
	f.Add("", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b")
	f.Fuzz(func(t *testing.T, query, body, contentType string) {
		const secret = "hunter2hunter2"
		u := &url.URL{Scheme: "http", Host: "h", Path: "/p", RawQuery: query}
		r := &recording{method: "POST", requestBody: []byte(body), request: trace.Fields{
			{Name: "Authorization", Value: "Bearer " + secret}, {Name: "Content-Type", Value: contentType},
		}}
		once := hiddenRequest(newHider(nil), r, u)
		if strings.Contains(once.url+string(once.requestBody), secret) {
			t.Errorf("%s %q shows the secret", once.url, once.requestBody)
		}
		u2, err := url.Parse(once.url)
		if err != nil {
			return
		}
		if twice := hiddenRequest(newHider(nil), once, u2); twice.key() != once.key() {
			t.Errorf("%q, and the second time %q", once.key(), twice.key())
		}
	})
}
