package dial

// SOCKS on the wire: what is sent, what is answered, what comes of it.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// A socksStep is what the proxy must get, and what it answers to that.
type socksStep struct{ get, say string }

// The three requests of the tests, and the answers that grant them.
const (
	ask5h   = "\x05\x01\x00\x03\x09a.example\x01\xbb"
	ask4    = "\x04\x01\x01\xbb\xc0\x00\x02\x01\x00"
	ask4a   = "\x04\x01\x01\xbb\x00\x00\x00\x01\x00a.example\x00"
	yes5    = "\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38"
	yes4    = "\x00\x5a\x00\x00\x00\x00\x00\x00"
	hello   = "\x05\x01\x00"
	hello2  = "\x05\x02\x00\x02"
	login   = "\x01\x04mona\x02pw"
	noLogin = "\x05\x00"
)

var (
	by5h = Socks{Version: 5, Host: "a.example", Port: 443}
	by4  = Socks{Version: 4, Addrs: addrsOf("192.0.2.1"), Port: 443}
	by4a = Socks{Version: 4, Host: "a.example", Port: 443}
)

// addrsOf returns addresses with their ports, which is 443 if there is none.
func addrsOf(texts ...string) (addrs []netip.AddrPort) {
	for _, t := range texts {
		if a, err := netip.ParseAddr(t); err == nil {
			addrs = append(addrs, netip.AddrPortFrom(a, 443))
		} else {
			addrs = append(addrs, netip.MustParseAddrPort(t))
		}
	}
	return addrs
}

func with(s Socks, user, password string) Socks {
	s.User, s.Password = user, password
	return s
}

// dig asks a proxy that follows a script, and says one byte at a time if it trickles. tail is what
// it says last, after all it has been asked. It returns what comes through the tunnel.
func dig(t *testing.T, s Socks, script []socksStep, tail string, trickle bool) (through string, err error) {
	t.Helper()
	nc := peer(t, func(nc net.Conn) {
		say := func(text string) bool {
			var w io.Writer = nc
			if trickle {
				w = singly{nc}
			}
			_, err := io.WriteString(w, text)
			return err == nil
		}
		for _, step := range script {
			got := make([]byte, len(step.get))
			if _, err := io.ReadFull(nc, got); err != nil || string(got) != step.get {
				t.Errorf("the proxy got %q, %v, want %q", got, err, step.get)
				return
			}
			if !say(step.say) {
				return
			}
		}
		word := make([]byte, 4)
		if _, err := io.ReadFull(nc, word); err == nil && string(word) == "ping" {
			say(tail)
		} else if err == nil || len(bytes.Trim(word, "\x00")) > 0 {
			t.Errorf("the proxy got %q besides", word)
		}
	})
	c, err := s.Dig(t.Context(), nc)
	if err != nil {
		if c != nil {
			t.Error("a connection with an error")
		}
		if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the connection was not closed: %v", err)
		}
		return "", err
	}
	io.WriteString(c, "ping")
	got, err := io.ReadAll(c)
	if err != nil {
		t.Error(err)
	}
	return string(got), nil
}

// A singly writes one byte at a time.
type singly struct{ io.Writer }

func (s singly) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := s.Writer.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// What is granted, with each kind of address, be it said at once or byte by byte. What the server
// says in the tunnel is not touched.
func TestSocks(t *testing.T) {
	for name, tt := range map[string]struct {
		s      Socks
		script []socksStep
	}{
		"5h": {by5h, []socksStep{{hello, noLogin}, {ask5h, yes5}}},
		"5 with IPv4": {
			Socks{Version: 5, Addrs: addrsOf("192.0.2.1:80", "192.0.2.2:81"), Port: 443},
			[]socksStep{{hello, noLogin}, {"\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50", yes5}},
		},
		"5 with IPv6": {
			Socks{Version: 5, Addrs: addrsOf("[2001:db8::1]:80")},
			[]socksStep{{hello, noLogin}, {"\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x50", yes5}},
		},
		"5 with a zone": {
			Socks{Version: 5, Addrs: addrsOf("[fe80::1%eth0]:80")},
			[]socksStep{{hello, noLogin}, {"\x05\x01\x00\x04\xfe\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x50", yes5}},
		},
		"5h with an address": {
			Socks{Version: 5, Host: "192.0.2.1", Port: 80},
			[]socksStep{{hello, noLogin}, {"\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50", yes5}},
		},
		"5h with a mapped address": {
			Socks{Version: 5, Host: "::ffff:192.0.2.1", Port: 80},
			[]socksStep{{hello, noLogin}, {"\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50", yes5}},
		},
		"a login":                   {with(by5h, "mona", "pw"), []socksStep{{hello2, "\x05\x02"}, {login, "\x01\x00"}, {ask5h, yes5}}},
		"a login that nobody wants": {with(by5h, "mona", "pw"), []socksStep{{hello2, noLogin}, {ask5h, yes5}}},
		"no password":               {with(by5h, "mona", ""), []socksStep{{hello2, "\x05\x02"}, {"\x01\x04mona\x00", "\x01\x00"}, {ask5h, yes5}}},
		"a long login": {
			with(by5h, strings.Repeat("u", 255), strings.Repeat("p", 255)),
			[]socksStep{{hello2, "\x05\x02"}, {"\x01\xff" + strings.Repeat("u", 255) + "\xff" + strings.Repeat("p", 255), "\x01\x00"}, {ask5h, yes5}},
		},
		"a long name": {
			Socks{Version: 5, Host: strings.Repeat("a", 255), Port: 1},
			[]socksStep{{hello, noLogin}, {"\x05\x01\x00\x03\xff" + strings.Repeat("a", 255) + "\x00\x01", yes5}},
		},
		"answered from IPv6":         {by5h, []socksStep{{hello, noLogin}, {ask5h, "\x05\x00\x00\x04" + strings.Repeat("\x00", 18)}}},
		"answered from a name":       {by5h, []socksStep{{hello, noLogin}, {ask5h, "\x05\x00\x00\x03\x03abc\x00\x50"}}},
		"answered from a long name":  {by5h, []socksStep{{hello, noLogin}, {ask5h, "\x05\x00\x00\x03\xff" + strings.Repeat("a", 257)}}},
		"answered from an empty one": {by5h, []socksStep{{hello, noLogin}, {ask5h, "\x05\x00\x00\x03\x00\x00\x50"}}},
		"4":                          {by4, []socksStep{{ask4, yes4}}},
		"4 with a user":              {with(by4, "mona", ""), []socksStep{{"\x04\x01\x01\xbb\xc0\x00\x02\x01mona\x00", yes4}}},
		"4 with something behind":    {by4, []socksStep{{ask4, "\x00\x5a\x12\x34\xff\xff\xff\xff"}}},
		"4a":                         {by4a, []socksStep{{ask4a, yes4}}},
		"4a with a user":             {with(by4a, "mona", ""), []socksStep{{"\x04\x01\x01\xbb\x00\x00\x00\x01mona\x00a.example\x00", yes4}}},
		"4a with an address":         {Socks{Version: 4, Host: "192.0.2.1", Port: 443}, []socksStep{{ask4, yes4}}},
	} {
		for _, trickle := range []bool{false, true} {
			if err := tt.s.Check(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			got, err := dig(t, tt.s, tt.script, "\x05\x00pong", trickle)
			if err != nil || got != "\x05\x00pong" {
				t.Errorf("%s, byte by byte %v: %q, %v", name, trickle, got, err)
			}
		}
	}
}

// Each refusal is an error that says which, in words; whatever is no answer is one too.
func TestSocksRefuses(t *testing.T) {
	want5 := func(say string) []socksStep { return []socksStep{{hello, noLogin}, {ask5h, say}} }
	for name, tt := range map[string]struct {
		s         Socks
		script    []socksStep
		step      string
		code      byte
		malformed bool
		lasting   bool
		text      string
	}{
		"failure":            {by5h, want5("\x05\x01"), "connect", 1, false, false, "no way to a.example:443 by SOCKS5: the proxy has failed (answer 1)"},
		"rules":              {by5h, want5("\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"), "connect", 2, false, true, "rules"},
		"network":            {by5h, want5("\x05\x03"), "connect", 3, false, false, "network"},
		"host":               {by5h, want5("\x05\x04"), "connect", 4, false, false, "cannot reach the host"},
		"refused":            {by5h, want5("\x05\x05"), "connect", 5, false, false, "refuses"},
		"TTL":                {by5h, want5("\x05\x06"), "connect", 6, false, false, "TTL"},
		"command":            {by5h, want5("\x05\x07"), "connect", 7, false, true, "how to connect"},
		"address":            {by5h, want5("\x05\x08"), "connect", 8, false, true, "kind of address"},
		"9":                  {by5h, want5("\x05\x09"), "connect", 9, false, true, "(answer 9)"},
		"255":                {by5h, want5("\x05\xff"), "connect", 255, false, true, "(answer 255)"},
		"no method":          {by5h, []socksStep{{hello, "\x05\xff"}}, "method", 255, false, true, "wants to know who is asking"},
		"no method of two":   {with(by5h, "mona", "pw"), []socksStep{{hello2, "\x05\xff"}}, "method", 255, false, true, "takes no name and password"},
		"login not offered":  {by5h, []socksStep{{hello, "\x05\x02"}}, "method", 0, true, true, "not offered"},
		"GSSAPI not offered": {with(by5h, "mona", "pw"), []socksStep{{hello2, "\x05\x01"}}, "method", 0, true, true, "not offered"},
		"wrong password":     {with(by5h, "mona", "pw"), []socksStep{{hello2, "\x05\x02"}, {login, "\x01\x01"}}, "login", 1, false, true, "does not accept"},
		"no RFC 1929":        {with(by5h, "mona", "pw"), []socksStep{{hello2, "\x05\x02"}, {login, "\x05\x00"}}, "login", 0, true, true, "RFC 1929"},
		"no version":         {by5h, []socksStep{{hello, "\x06\x00"}}, "method", 0, true, true, "does not speak SOCKS5"},
		"SOCKS4":             {by5h, []socksStep{{hello, "\x00\x5b"}}, "method", 0, true, true, "it speaks SOCKS4"},
		"HTTP":               {by5h, []socksStep{{hello, "HTTP/1.1 400 Bad Request\r\n\r\n"}}, "method", 0, true, true, "answers in HTTP"},
		"version of answer":  {by5h, want5("\x04\x00"), "connect", 0, true, true, "none of SOCKS5"},
		"reserved":           {by5h, want5("\x05\x00\x01\x01"), "connect", 0, true, true, "no 0"},
		"kind of address":    {by5h, want5("\x05\x00\x00\x02\x00"), "connect", 0, true, true, "unknown kind, 2"},
		"4 refused":          {by4, []socksStep{{ask4, "\x00\x5b"}}, "connect", 91, false, false, "by SOCKS4: the proxy has refused, or not reached the host (answer 91)"},
		"4 nobody":           {by4, []socksStep{{ask4, "\x00\x5c\x00\x00\x00\x00\x00\x00"}}, "connect", 92, false, true, "identd"},
		"4 another":          {by4a, []socksStep{{ask4a, "\x00\x5d"}}, "connect", 93, false, true, "identd"},
		"4 unknown":          {by4, []socksStep{{ask4, "\x00\x00"}}, "connect", 0, true, true, "none that there is"},
		"4 speaks 5":         {by4, []socksStep{{ask4, "\x05\xff"}}, "connect", 0, true, true, "it speaks SOCKS5"},
		"4 speaks HTTP":      {by4, []socksStep{{ask4, "HTTP/1.0"}}, "connect", 0, true, true, "HTTP"},
		"4 speaks 4":         {by4, []socksStep{{ask4, "\x04\x5a"}}, "connect", 0, true, true, "does not speak SOCKS4"},
	} {
		_, err := dig(t, tt.s, tt.script, "", false)
		stands, ok := err.(*Refusal)
		if !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		e, ok := stands.Err.(*SocksError)
		if !ok || e.Version != tt.s.Version || e.Step != tt.step || e.Code != tt.code || e.Malformed != tt.malformed || e.Lasting() != tt.lasting {
			t.Errorf("%s: %+v, lasting %v", name, e, e.Lasting())
		}
		if text := e.Error(); !strings.Contains(text, tt.text) || strings.Contains(text, "pw") || strings.ContainsAny(text, "\r\n\x00") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// What cannot be asked is found before anything is dialled, and is never asked in another way
// (CVE-2023-38545).
func TestSocksCheck(t *testing.T) {
	long := strings.Repeat("x", 256)
	for name, tt := range map[string]struct {
		s    Socks
		text string
	}{
		"name":             {Socks{Version: 5, Host: long, Port: 1}, "longer than 255"},
		"very long name":   {Socks{Version: 5, Host: strings.Repeat("x", 1<<16), Port: 1}, "longer than 255"},
		"no name":          {Socks{Version: 5, Port: 1}, "no host"},
		"user":             {with(by5h, long, "pw"), "user name is longer"},
		"password":         {with(by5h, "mona", long), "password is longer"},
		"password alone":   {with(by5h, "", "pw"), "without a user name"},
		"4a name":          {Socks{Version: 4, Host: long, Port: 1}, "longer than 255"},
		"4a name with NUL": {Socks{Version: 4, Host: "a\x00b", Port: 1}, "no host"},
		"4a no name":       {Socks{Version: 4, Port: 1}, "no host"},
		"4 user":           {with(by4, long, ""), "user name is longer"},
		"4 user with NUL":  {with(by4, "mona\x00", ""), "NUL"},
		"4 password":       {with(by4, "mona", "pw"), "no passwords"},
		"4 IPv6":           {Socks{Version: 4, Addrs: addrsOf("::1"), Port: 1}, "no IPv6"},
		"4a IPv6":          {Socks{Version: 4, Host: "::1", Port: 1}, "no IPv6"},
		"4 not for a name": {Socks{Version: 4, Host: "0.0.0.7", Port: 1}, "a name follows"},
		"4 IPv6 and IPv6":  {Socks{Version: 4, Addrs: addrsOf("::1", "::2"), Port: 1}, "no IPv6"},
	} {
		err := tt.s.Check()
		e, ok := err.(*SocksError)
		if !ok || e.Step != "" || e.Code != 0 || !e.Lasting() || !strings.Contains(e.Error(), tt.text) || strings.Contains(e.Error(), "pw") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := Socks{Version: 4, Addrs: addrsOf("::1", "192.0.2.1", "::2"), Port: 443}
	if err := s.Check(); err != nil || len(s.Addrs) != 2 {
		t.Errorf("%v: %v", s.Addrs, err)
	}
}

// The next word is ours: what comes behind an answer is nobody's.
func TestSocksEarly(t *testing.T) {
	for name, tt := range map[string]struct {
		s      Socks
		script []socksStep
	}{
		"method":  {by5h, []socksStep{{hello, noLogin + "x"}}},
		"login":   {with(by5h, "mona", "pw"), []socksStep{{hello2, "\x05\x02"}, {login, "\x01\x00x"}}},
		"connect": {by5h, []socksStep{{hello, noLogin}, {ask5h, yes5 + "HTTP/1.1 200 OK\r\n\r\n"}}},
		"name":    {by5h, []socksStep{{hello, noLogin}, {ask5h, "\x05\x00\x00\x03\x01abcd"}}},
		"4":       {by4, []socksStep{{ask4, yes4 + "\x16"}}},
		"a flood": {by4, []socksStep{{ask4, yes4 + strings.Repeat("x", 4096)}}},
	} {
		if _, err := dig(t, tt.s, tt.script, "", false); err != ErrEarly {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An answer that breaks off is none, wherever it does.
func TestSocksCutAnywhere(t *testing.T) {
	for _, tt := range []struct {
		s      Socks
		script []socksStep
	}{
		{with(by5h, "mona", "pw"), []socksStep{{hello2, "\x05\x02"}, {login, "\x01\x00"}, {ask5h, "\x05\x00\x00\x03\x03abc\x00\x50"}}},
		{by5h, []socksStep{{hello, noLogin}, {ask5h, yes5}}},
		{by4a, []socksStep{{ask4a, yes4}}},
	} {
		for i, step := range tt.script {
			for n := range len(step.say) {
				cut := append(append([]socksStep{}, tt.script[:i]...), socksStep{step.get, step.say[:n]})
				nc := peer(t, func(nc net.Conn) {
					for _, step := range cut {
						io.ReadFull(nc, make([]byte, len(step.get)))
						io.WriteString(nc, step.say)
					}
				})
				s := tt.s
				if c, err := s.Dig(t.Context(), nc); c != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("step %d, byte %d: %v, %v", i, n, c, err)
				}
			}
		}
	}
}

// Who gives up is obeyed at each byte.
func TestSocksCancelAnywhere(t *testing.T) {
	script := []socksStep{{hello2, "\x05\x02"}, {login, "\x01\x00"}, {ask5h, yes5}}
	for n := range 2 + 2 + len(yes5) {
		ctx, cancel := context.WithCancel(t.Context())
		nc := peer(t, func(nc net.Conn) {
			left := n
			for _, step := range script {
				io.ReadFull(nc, make([]byte, len(step.get)))
				for i := range len(step.say) {
					if left == 0 {
						cancel()
						io.Copy(io.Discard, nc)
						return
					}
					left--
					io.WriteString(nc, step.say[i:i+1])
				}
			}
		})
		s := with(by5h, "mona", "pw")
		start := time.Now()
		if c, err := s.Dig(ctx, nc); c != nil || !errors.Is(err, context.Canceled) || time.Since(start) > time.Second {
			t.Errorf("byte %d: %v, %v", n, c, err)
		}
		cancel()
	}
	// Before anything is written, to a peer that does not read.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	near, far := net.Pipe()
	defer far.Close()
	s := by5h
	if c, err := s.Dig(ctx, near); c != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", c, err)
	}
}

// Of several addresses the next one is asked for, on another connection, where the refusal of the
// one before says nothing about it.
func TestSocksNextAddress(t *testing.T) {
	ask := func(last string) string { return "\x05\x01\x00\x01\xc0\x00\x02" + last + "\x01\xbb" }
	for name, tt := range map[string]struct {
		answers []string
		asked   int
		code    byte
	}{
		"the first":   {[]string{yes5}, 1, 0},
		"the second":  {[]string{"\x05\x05", yes5}, 2, 0},
		"the third":   {[]string{"\x05\x08", "\x05\x04", yes5}, 3, 0},
		"none":        {[]string{"\x05\x03", "\x05\x01", "\x05\x05"}, 3, 5},
		"not allowed": {[]string{"\x05\x02", yes5}, 1, 2},
		"malformed":   {[]string{"\x04\x05", yes5}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			d := &Dialer{
				Dial: func(context.Context, string, string) (net.Conn, error) {
					i := asked
					asked++
					return peer(t, func(nc net.Conn) {
						io.ReadFull(nc, make([]byte, 3))
						io.WriteString(nc, noLogin)
						got := make([]byte, 10)
						io.ReadFull(nc, got)
						if want := ask(string(rune('1' + i - '0'))); string(got) != want {
							t.Errorf("connection %d: asked %q, want %q", i, got, want)
						}
						io.WriteString(nc, tt.answers[i])
						io.Copy(io.Discard, nc)
					}), nil
				},
			}
			s := &Socks{Version: 5, Addrs: addrsOf("192.0.2.1", "192.0.2.2", "192.0.2.3"), Port: 443}
			d.Tunnel = s.Dig
			nc, err := d.DialContext(t.Context(), "192.0.2.9", "1080", &Exchange{Proxy: true})
			if nc != nil {
				nc.Close()
			}
			e, refused := errors.AsType[*SocksError](err)
			if asked != tt.asked || refused != (err != nil) || refused && e.Code != tt.code || (err == nil) != (tt.answers[tt.asked-1] == yes5) {
				t.Errorf("%d asked, %v", asked, err)
			}
		})
	}
	// SOCKS4 passes over what it cannot ask for.
	s := &Socks{Version: 4, Addrs: addrsOf("::1", "192.0.2.1", "::2", "0.0.0.1", "192.0.2.2"), Port: 1}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	e := &SocksError{Version: 4, Step: "connect", Code: 91}
	if !s.next(e) || s.target() != "192.0.2.2:443" || s.next(e) {
		t.Errorf("%+v", s)
	}
}

// Whatever a proxy says, there is a connection only if it has granted one, and its words have an
// end.
func FuzzSocksAnswer(f *testing.F) {
	for _, s := range []string{noLogin + yes5, "\x05\x02\x01\x00" + yes5, "\x05\xff", noLogin + "\x05\x05", noLogin + "\x05\x00\x00\x03\x03abc\x00\x50", yes4, "\x00\x5b", "HTTP/1.1 200 OK\r\n\r\n"} {
		f.Add(s, uint8(5), true)
		f.Add(s, uint8(4), false)
	}
	f.Fuzz(func(t *testing.T, answer string, version uint8, known bool) {
		s := Socks{Version: 4 + int(version)%2, Host: "a.example", Port: 443}
		if known && s.Version == 5 {
			s.User, s.Password = "mona", "hunter2"
		}
		near, far := net.Pipe()
		done := make(chan struct{})
		go func() { // ends with the pipe
			defer close(done)
			go io.Copy(io.Discard, far) // ends likewise
			for i := range len(answer) {
				if _, err := io.WriteString(far, answer[i:i+1]); err != nil {
					break
				}
			}
			far.Close()
		}()
		c, err := s.Dig(context.Background(), near)
		if (c == nil) != (err != nil) {
			t.Fatal(c, err)
		}
		near.Close()
		<-done
		if err == nil && (s.Version == 4 && !strings.HasPrefix(answer, "\x00\x5a") || s.Version == 5 && !strings.HasPrefix(answer, "\x05")) {
			t.Fatalf("a tunnel after %q", answer)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || len(err.Error()) > 300) {
			t.Fatal(err)
		}
	})
}

// The parsers take an answer of the same length however much of it, and whatever behind it, they
// are shown.
func FuzzSocksParsers(f *testing.F) {
	f.Add([]byte(yes5))
	f.Add([]byte(yes4))
	f.Add([]byte("\x05\x00\x00\x03\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []func([]byte) (int, error){
			answer4, answer5, loggedIn5,
			func(b []byte) (int, error) { n, _, err := method5(b, true); return n, err },
		} {
			whole, wholeErr := parse(b)
			if whole > len(b) || whole > mostSocks || whole > 0 && wholeErr != nil {
				t.Fatalf("%d of %d: %v", whole, len(b), wholeErr)
			}
			for i := range len(b) {
				n, err := parse(b[:i])
				if err != nil && wholeErr == nil || n > 0 && n != whole {
					t.Fatalf("%d, %v with %d of %q, and %d, %v with all", n, err, i, b, whole, wholeErr)
				}
			}
		}
	})
}
