package godwit

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func TestProblem(t *testing.T) {
	const rfc = `{
    "type": "https://example.com/probs/out-of-credit",
    "title": "You do not have enough credit.",
    "detail": "Your current balance is 30, but that costs 50.",
    "instance": "/account/12345/msgs/abc",
    "balance": 30,
    "accounts": ["/account/12345", "/account/67890"]
   }` // RFC 9457 3
	const problem = "application/problem+json"
	for _, c := range []struct {
		content, contentType string
		want                 *Problem
	}{
		{rfc, problem, &Problem{
			Type: "https://example.com/probs/out-of-credit", Title: "You do not have enough credit.",
			Detail: "Your current balance is 30, but that costs 50.", Instance: "/account/12345/msgs/abc",
			Extensions: map[string]any{"balance": 30.0, "accounts": []any{"/account/12345", "/account/67890"}},
		}},
		{`{"status":404}`, "Application/Problem+JSON; charset=utf-8", &Problem{Type: "about:blank", Status: 404}},
		{`{}`, problem, &Problem{Type: "about:blank"}},
		{"\ufeff{}", problem, &Problem{Type: "about:blank"}},
		{`{"type":1,"title":[],"status":"404","detail":null,"instance":{}}`, problem, &Problem{Type: "about:blank"}},
		{`{"status":404.5}`, problem, &Problem{Type: "about:blank"}},
		{`{"status":1e300}`, problem, &Problem{Type: "about:blank"}},
		{`{"status":-1}`, problem, &Problem{Type: "about:blank"}},
		{`null`, problem, nil},
		{`[]`, problem, nil},
		{`"x"`, problem, nil},
		{``, problem, nil},
		{`{"title":"x"`, problem, nil},
		{rfc, "application/json", nil},
		{rfc, "application/problem+xml", nil},
		{rfc, "", nil},
		{`{"title":"` + strings.Repeat("x", maxProblem) + `"}`, problem, nil},
	} {
		s, _ := answering(422, c.content, "Content-Type", c.contentType)
		_, err := s.Get(t.Context(), "http://h/", RaiseForStatus)
		e, is := errors.AsType[*StatusError](err)
		if !is {
			t.Fatal(err)
		}
		got, ok := e.Problem()
		if ok != (c.want != nil) || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%.50q as %q: %+v, %v", c.content, c.contentType, got, ok)
		}
		if err.Error() != "GET http://h/: 422 Unprocessable Entity" { // no body in an error
			t.Error(err)
		}
	}
	if _, ok := (&Response{Response: &http.Response{}}).Problem(); ok {
		t.Error("nothing is a problem")
	}
}
