package main

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"example.com/godwit/internal/cli/testserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Colours become colours, markup stays text, and what is no colour is left out.
func TestDraw(t *testing.T) {
	svg := draw("a<b", "\x1b[36mHost\x1b[0m: <x>&\r\n  \x1b[1;31mred\x1b[39;22m \x1b[2Kplain\x1b[K\n\x1b[0mlast\x1b[")
	var text []string
	colours := map[string]string{}
	decoder := xml.NewDecoder(strings.NewReader(svg))
	var open []xml.StartElement
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if x.Name.Local == "text" {
				text = append(text, "")
			}
			open = append(open, x.Copy())
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(text) > 0 && len(open) > 0 && strings.HasPrefix(open[len(open)-1].Name.Local, "t") {
				text[len(text)-1] += string(x)
				for _, a := range open[len(open)-1].Attr {
					if a.Name.Local == "fill" {
						colours[string(x)] = a.Value
					}
				}
			}
		}
	}
	want := []string{"a<b", "Host: <x>&", "  red plain", "last"}
	if strings.Join(text, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", text, want)
	}
	if colours["Host"] != palette[36] || colours["red"] != palette[31] || colours["plain"] != "" {
		t.Errorf("%v", colours)
	}
}

// The runs are real, coloured, and hide what is secret.
func TestRecord(t *testing.T) {
	server, err := testserver.Start(testserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := record(t.Context(), [][]string{{"-v", server.HTTP + "/cookies", "Authorization:s3cret"}, {"--check-status", server.HTTP + "/status/404"}})
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"$\x1b[0m", "\x1b[32mGET", "•••", "200 OK", "\"cookies\"", "(exit code 4)"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Count(text, "s3cret") != 1 {
		t.Errorf("more than the command line tells the secret:\n%s", text)
	}
}
