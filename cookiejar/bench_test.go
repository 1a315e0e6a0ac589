package cookiejar

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"testing"
)

// The three shapes of a full jar: hosts of one site, sites with a cookie each, hosts with 50.
var shapes = []struct {
	name string
	host func(i int) string
}{
	{"one site", func(i int) string { return fmt.Sprintf("h%d.example.com", i%100) }},
	{"3000 sites", func(i int) string { return fmt.Sprintf("h%d.com", i) }},
	{"60 hosts", func(i int) string { return fmt.Sprintf("www.h%d.com", i%60) }},
}

func fullJar(b testing.TB, host func(i int) string) (*Jar, []*url.URL) {
	j := New()
	var urls []*url.URL
	for i := range maxJar {
		u := mustURL(b, "https://"+host(i)+"/a/b")
		j.Store(u, []string{fmt.Sprintf("name%d=a value of some length; Path=/; Secure", i)})
		urls = append(urls, u)
	}
	if j.Len() != maxJar {
		b.Fatalf("%d cookies", j.Len())
	}
	return j, urls
}

func BenchmarkHeader(b *testing.B) {
	for _, shape := range shapes {
		b.Run(shape.name, func(b *testing.B) {
			j, urls := fullJar(b, shape.host)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if j.Header(urls[i%len(urls)]) == "" {
					b.Fatal("no cookie")
				}
			}
		})
	}
	b.Run("no cookie", func(b *testing.B) {
		j, _ := fullJar(b, shapes[0].host)
		u := mustURL(b, "https://www.example.net/")
		b.ReportAllocs()
		for b.Loop() {
			j.Header(u)
		}
	})
	b.Run("empty jar", func(b *testing.B) {
		u := mustURL(b, "https://www.example.net/")
		b.ReportAllocs()
		for j := New(); b.Loop(); {
			j.Header(u)
		}
	})
}

func BenchmarkStore(b *testing.B) {
	for _, shape := range shapes {
		b.Run("the same/"+shape.name, func(b *testing.B) {
			j, urls := fullJar(b, shape.host)
			lines := []string{"name0=a value of some length; Path=/; Secure"}
			b.ReportAllocs()
			for b.Loop() {
				j.Store(urls[0], lines)
			}
		})
		b.Run("another value/"+shape.name, func(b *testing.B) {
			j, urls := fullJar(b, shape.host)
			lines := [][]string{
				{"name0=a value; Domain=" + urls[0].Hostname() + "; Expires=Fri, 31 Dec 9999 23:59:59 GMT"},
				{"name0=another; Domain=" + urls[0].Hostname() + "; Max-Age=3600; HttpOnly; SameSite=Lax"},
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				j.Store(urls[0], lines[i%2])
			}
		})
		b.Run("a new one/"+shape.name, func(b *testing.B) {
			j, urls := fullJar(b, shape.host)
			b.ReportAllocs()
			line := []byte("n00000000=a value of some length; Path=/; Secure")
			for i := 0; b.Loop(); i++ {
				for k, n := 8, i; k > 0; k, n = k-1, n/10 {
					line[k] = byte('0' + n%10)
				}
				j.Store(urls[i%len(urls)], []string{string(line)})
			}
		})
	}
}

func BenchmarkFile(b *testing.B) {
	j, _ := fullJar(b, shapes[0].host)
	j.SaveSession = true
	b.Run("WriteTo", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := j.WriteTo(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	})
	var text bytes.Buffer
	if _, err := j.WriteTo(&text); err != nil {
		b.Fatal(err)
	}
	b.Run("ReadFrom", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := New().ReadFrom(bytes.NewReader(text.Bytes())); err != nil {
				b.Fatal(err)
			}
		}
	})
}
