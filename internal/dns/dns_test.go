package dns

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestQuery(t *testing.T) {
	msg, err := Query("www.example.com", A)
	if err != nil {
		t.Fatal(err)
	}
	want := "\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01" + // ID 0, RD, one question, one additional
		"\x03www\x07example\x03com\x00\x00\x01\x00\x01" +
		"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x54\x00\x0c\x00\x50" + strings.Repeat("\x00", 80)
	if string(msg) != want {
		t.Errorf("%q\nwant %q", msg, want)
	}
	for _, name := range []string{"a", "a.", "example.com.", strings.Repeat("a", 63) + ".example", strings.Repeat("abcdefg.", 31) + "abcde"} {
		for _, typ := range []Type{A, AAAA, HTTPS} {
			msg, err := Query(name, typ)
			if err != nil || len(msg)%128 != 0 || len(msg) > 384 {
				t.Errorf("%s %v: %d octets, %v", name, typ, len(msg), err)
			}
			var m dnsmessage.Message
			if err := m.Unpack(msg); err != nil || len(m.Questions) != 1 || m.Questions[0].Name.String() != absolute(name) || Type(m.Questions[0].Type) != typ {
				t.Errorf("%s %v: %v, %v", name, typ, m.Questions, err)
			}
		}
	}
	for _, name := range []string{"", "a..b", strings.Repeat("a", 64), strings.Repeat("a.", 128)} {
		if msg, err := Query(name, A); err == nil && name != "" {
			t.Errorf("%q: %q", name, msg)
		}
	}
	if A.String() != "A" || AAAA.String() != "AAAA" || HTTPS.String() != "HTTPS" {
		t.Errorf("%v %v %v", A, AAAA, HTTPS)
	}
}

// rr is a record, for answers that are put together here.
type rr struct {
	name string
	typ  uint16
	ttl  uint32
	data string
}

// wire returns a name as it is on the wire.
func wire(name string) string {
	var b strings.Builder
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if label != "" {
			b.WriteByte(byte(len(label)))
			b.WriteString(label)
		}
	}
	return b.String() + "\x00"
}

// message returns a message: flags, the question, answers, authorities.
func message(flags uint16, question string, typ Type, answers, authorities []rr) []byte {
	b := []byte{0, 0}
	b = binary.BigEndian.AppendUint16(b, flags)
	for _, n := range []int{1, len(answers), len(authorities), 0} {
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	b = append(b, wire(question)...)
	b = binary.BigEndian.AppendUint16(b, uint16(typ))
	b = binary.BigEndian.AppendUint16(b, 1)
	for _, r := range append(answers[:len(answers):len(answers)], authorities...) {
		name := wire(r.name)
		if strings.HasPrefix(r.name, "\xc0") {
			name = r.name // a pointer
		}
		b = append(b, name...)
		b = binary.BigEndian.AppendUint16(b, r.typ)
		b = binary.BigEndian.AppendUint16(b, 1)
		b = binary.BigEndian.AppendUint32(b, r.ttl)
		b = binary.BigEndian.AppendUint16(b, uint16(len(r.data)))
		b = append(b, r.data...)
	}
	return b
}

const (
	reply    = 0x8180
	nxdomain = 0x8183
	tA       = 1
	tCNAME   = 5
	tSOA     = 6
	tAAAA    = 28
	tHTTPS   = 65
)

var soa = rr{"example.com", tSOA, 3600, "\x02ns\x00\x02me\x00" + "\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00\x3c"}

func a(name string, ttl uint32, last byte) rr {
	return rr{name, tA, ttl, string([]byte{192, 0, 2, last})}
}

func cname(name, to string) rr { return rr{name, tCNAME, 100, wire(to)} }

// What is made of answers. Each is read as it is, with bytes behind it, and cut at each byte.
func TestParse(t *testing.T) {
	many := make([]rr, 200)
	for i := range many {
		many[i] = a("www.example.com", 60, byte(i))
	}
	chain := []rr{cname("www.example.com", "c0.example.com")}
	for i := range 15 {
		chain = append(chain, cname(fmt.Sprintf("c%d.example.com", i), fmt.Sprintf("c%d.example.com", i+1)))
	}
	for name, c := range map[string]struct {
		msg  []byte
		typ  Type
		want string // the error, if it begins with "!"
	}{
		"one":             {message(reply, "www.example.com", A, []rr{a("www.example.com", 60, 1)}, nil), A, "[192.0.2.1] 1m0s"},
		"letter case":     {message(reply, "WWW.example.COM", A, []rr{a("wWw.Example.com", 60, 1)}, nil), A, "[192.0.2.1] 1m0s"},
		"compressed":      {message(reply, "www.example.com", A, []rr{a("\xc0\x0c", 60, 1)}, nil), A, "[192.0.2.1] 1m0s"},
		"two, least TTL":  {message(reply, "www.example.com", A, []rr{a("www.example.com", 60, 1), a("www.example.com", 30, 2)}, nil), A, "[192.0.2.1 192.0.2.2] 30s"},
		"AAAA":            {message(reply, "www.example.com", AAAA, []rr{{"www.example.com", tAAAA, 60, "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01"}}, nil), AAAA, "[2001:db8::1] 1m0s"},
		"aliases":         {message(reply, "www.example.com", A, []rr{cname("www.example.com", "b.example"), cname("b.example", "c.example"), a("c.example", 200, 1)}, nil), A, "[192.0.2.1] 1m40s"},
		"out of order":    {message(reply, "www.example.com", A, []rr{a("c.example", 60, 1), cname("b.example", "c.example"), cname("www.example.com", "b.example")}, nil), A, "[192.0.2.1] 1m0s"},
		"another name":    {message(reply, "www.example.com", A, []rr{a("evil.example", 60, 1)}, nil), A, "[] 0s"},
		"beside others":   {message(reply, "www.example.com", A, []rr{a("evil.example", 60, 1), {"www.example.com", 16, 60, "\x01x"}, a("www.example.com", 60, 2)}, nil), A, "[192.0.2.2] 1m0s"},
		"none":            {message(reply, "www.example.com", A, nil, []rr{soa}), A, "[] 1m0s"},
		"none, no SOA":    {message(reply, "www.example.com", A, nil, nil), A, "[] 0s"},
		"no such name":    {message(nxdomain, "www.example.com", A, nil, []rr{soa}), A, "[] 1m0s NotFound"},
		"alias to none":   {message(nxdomain, "www.example.com", A, []rr{cname("www.example.com", "b.example")}, []rr{{"x", 2, 1, wire("ns")}, soa}), A, "[] 1m0s NotFound"},
		"TTL 0":           {message(reply, "www.example.com", A, []rr{a("www.example.com", 0, 1)}, nil), A, "[192.0.2.1] 0s"},
		"TTL of 2^31":     {message(reply, "www.example.com", A, []rr{a("www.example.com", 1<<31, 1)}, nil), A, "[192.0.2.1] 0s"},
		"TTL of 68 years": {message(reply, "www.example.com", A, []rr{a("www.example.com", 1<<31-1, 1)}, nil), A, "[192.0.2.1] 596523h14m7s"},
		"sixteen aliases": {message(reply, "www.example.com", A, append(chain[:15:15], a("c14.example.com", 60, 1)), nil), A, "[192.0.2.1] 1m0s"},
		"no end of them":  {message(reply, "www.example.com", A, append(chain[:16:16], a("c15.example.com", 60, 1)), nil), A, "!alias of too many"},
		"loop":            {message(reply, "www.example.com", A, []rr{cname("www.example.com", "b.example"), cname("b.example", "www.example.com")}, nil), A, "!alias of too many"},
		"own alias":       {message(reply, "www.example.com", A, []rr{cname("www.example.com", "www.example.com")}, nil), A, "!alias of too many"},
		"pointer loop":    {message(reply, "www.example.com", A, []rr{a("\xc0\x21", 60, 1)}, nil), A, "!malformed"},
		"no query":        {message(0x0100, "www.example.com", A, nil, nil), A, "!no answer to"},
		"an update":       {message(0xa980, "www.example.com", A, nil, nil), A, "!no answer to"},
		"truncated":       {message(0x8380, "www.example.com", A, nil, nil), A, "!cut short"},
		"SERVFAIL":        {message(0x8182, "www.example.com", A, nil, nil), A, "!SERVFAIL"},
		"FORMERR":         {message(0x8181, "www.example.com", A, nil, nil), A, "!FORMERR"},
		"NOTIMP":          {message(0x8184, "www.example.com", A, nil, nil), A, "!NOTIMP"},
		"REFUSED":         {message(0x8185, "www.example.com", A, nil, nil), A, "!REFUSED"},
		"code 9":          {message(0x8189, "www.example.com", A, nil, nil), A, "!code 9"},
		"other question":  {message(reply, "www.example.org", A, []rr{a("www.example.org", 60, 1)}, nil), A, "!no answer to"},
		"other type":      {message(reply, "www.example.com", AAAA, nil, nil), A, "!no answer to"},
		"short address":   {message(reply, "www.example.com", A, []rr{{"www.example.com", tA, 60, "\xc0\x00\x02"}, a("www.example.com", 1, 1)}, nil), A, "!malformed"},
		"long address":    {message(reply, "www.example.com", A, []rr{{"www.example.com", tA, 60, "\xc0\x00\x02\x01\x01"}}, nil), A, "!malformed"},
		"more than named": {message(reply, "www.example.com", A, many, nil), A, "64 addresses 1m0s"},
		"empty":           {nil, A, "!malformed"},
	} {
		if got := parse(c.msg, c.typ); !strings.HasPrefix(got, "!") && got != c.want || strings.HasPrefix(got, "!") && !(strings.HasPrefix(c.want, "!") && strings.Contains(got, c.want[1:])) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if c.msg == nil {
			continue
		}
		whole := parse(c.msg, c.typ)
		if got := parse(append(bytes.Clone(c.msg), "\x00\xff trailing"...), c.typ); got != whole {
			t.Errorf("%s, with more behind it: %s, want %s", name, got, whole)
		}
		for i := range c.msg {
			// What is cut off within the authorities is not missed, but for how long it holds.
			got := parse(c.msg[:i], c.typ)
			if !strings.HasPrefix(got, "!") && got != strings.Replace(whole, "1m0s", "0s", 1) {
				t.Errorf("%s, cut after %d octets: %s", name, i, got)
			}
		}
	}
	two := message(reply, "www.example.com", A, nil, nil)
	two[5] = 2
	if got := parse(append(two, two[12:]...), A); !strings.Contains(got, "no answer to") {
		t.Errorf("two questions: %s", got)
	}
	withID := message(reply, "www.example.com", A, nil, nil)
	withID[1] = 1
	if got := parse(withID, A); !strings.Contains(got, "no answer to") {
		t.Errorf("another ID: %s", got)
	}
}

func parse(msg []byte, typ Type) string {
	got, err := Parse(msg, "www.example.com", typ)
	if err != nil {
		if _, ok := errors.AsType[*Error](err); !ok {
			return fmt.Sprintf("an error of type %T", err)
		}
		return "!" + err.Error()
	}
	text := fmt.Sprintf("%v %v", got.Addrs, got.TTL)
	if len(got.Addrs) > 10 {
		text = fmt.Sprintf("%d addresses %v", len(got.Addrs), got.TTL)
	}
	if got.NotFound {
		text += " NotFound"
	}
	return text
}

// service returns an HTTPS record; params are keys and values as they are on the wire.
func service(priority uint16, target string, params ...string) rr {
	b := binary.BigEndian.AppendUint16(nil, priority)
	b = append(b, wire(target)...)
	for _, p := range params {
		b = append(b, p[:2]...)
		b = binary.BigEndian.AppendUint16(b, uint16(len(p)-2))
		b = append(b, p[2:]...)
	}
	return rr{"www.example.com", tHTTPS, 60, string(b)}
}

func TestParseHTTPS(t *testing.T) {
	for name, c := range map[string]struct {
		records []rr
		want    []Service // nil: it is an error
	}{
		"usual": {
			[]rr{service(1, "", "\x00\x01\x02h3\x02h2", "\x00\x03\x20\xfb", "\x00\x04\xc0\x00\x02\x01\xc0\x00\x02\x02", "\x00\x05ech", "\x00\x06"+strings.Repeat("\x00", 15)+"\x01")},
			[]Service{{
				Priority: 1, ALPN: []string{"h3", "h2"}, Port: 8443, ECH: []byte("ech"),
				Hints: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("::1")}, usable: true,
			}},
		},
		"by priority": {
			[]rr{service(2, "b.Example", "\x00\x01\x02h2"), service(1, "a.example", "\x00\x01\x02h3", "\x00\x02")},
			[]Service{{Priority: 1, Target: "a.example", ALPN: []string{"h3"}, usable: true}, {Priority: 2, Target: "b.example", ALPN: []string{"h2"}, usable: true}},
		},
		"alias":                       {[]rr{service(0, "a.example")}, []Service{{Target: "a.example", usable: true}}},
		"alias to nothing":            {[]rr{service(0, "")}, []Service{}},
		"nothing":                     {[]rr{service(1, "")}, []Service{{Priority: 1, usable: true}}},
		"unknown":                     {[]rr{service(1, "", "\xff\x00whatever")}, []Service{{Priority: 1, usable: true}}},
		"mandatory":                   {[]rr{service(1, "", "\x00\x00\x00\x01", "\x00\x01\x02h2")}, []Service{{Priority: 1, ALPN: []string{"h2"}, usable: true}}},
		"unknown and mandatory":       {[]rr{service(1, "", "\x00\x00\xff\x00", "\xff\x00x"), service(2, "")}, []Service{{Priority: 2, usable: true}}},
		"port 0":                      {[]rr{service(1, "", "\x00\x03\x00\x00"), service(2, "")}, []Service{{Priority: 2, usable: true}}},
		"mandatory, not there":        {[]rr{service(1, "", "\x00\x00\x00\x03")}, nil},
		"mandatory, itself":           {[]rr{service(1, "", "\x00\x00\x00\x00")}, nil},
		"mandatory, empty":            {[]rr{service(1, "", "\x00\x00")}, nil},
		"mandatory, odd":              {[]rr{service(1, "", "\x00\x00\x00")}, nil},
		"mandatory, out of order":     {[]rr{service(1, "", "\x00\x00\x00\x03\x00\x01", "\x00\x01\x02h2", "\x00\x03\x00\x01")}, nil},
		"ALPN, empty":                 {[]rr{service(1, "", "\x00\x01")}, nil},
		"ALPN, a name of no length":   {[]rr{service(1, "", "\x00\x01\x00")}, nil},
		"ALPN, longer than there is":  {[]rr{service(1, "", "\x00\x01\x03h2")}, nil},
		"no-default-alpn, with value": {[]rr{service(1, "", "\x00\x02x")}, nil},
		"port, one octet":             {[]rr{service(1, "", "\x00\x03\x01")}, nil},
		"hint, three octets":          {[]rr{service(1, "", "\x00\x04\xc0\x00\x02")}, nil},
		"hint, empty":                 {[]rr{service(1, "", "\x00\x06")}, nil},
		"ECH, empty":                  {[]rr{service(1, "", "\x00\x05")}, nil},
		"keys out of order":           {[]rr{service(1, "", "\x00\x03\x00\x01", "\x00\x01\x02h2")}, nil},
		"keys twice":                  {[]rr{service(1, "", "\x00\x03\x00\x01", "\x00\x03\x00\x01")}, nil},
		"one is malformed":            {[]rr{service(1, ""), service(2, "", "\x00\x01")}, nil},
		"no target":                   {[]rr{{"www.example.com", tHTTPS, 60, "\x00\x01"}}, nil},
	} {
		msg := message(reply, "www.example.com", HTTPS, c.records, nil)
		got, err := Parse(msg, "www.example.com", HTTPS)
		if c.want == nil {
			if err == nil {
				t.Errorf("%s: %+v", name, got.HTTPS)
			}
			continue
		}
		if err != nil || len(got.HTTPS) != len(c.want) || len(c.want) > 0 && !reflect.DeepEqual(got.HTTPS, c.want) {
			t.Errorf("%s: %+v, %v\nwant %+v", name, got.HTTPS, err, c.want)
		}
		for i := range msg {
			if got, err := Parse(msg[:i], "www.example.com", HTTPS); err == nil {
				t.Errorf("%s, cut after %d octets: %+v", name, i, got)
			}
		}
	}
}

// The largest message there can be, of the smallest records, is read in no time.
func TestParseIsLinear(t *testing.T) {
	for name, r := range map[string]rr{
		"empty":   {"\xc0\x0c", 99, 1, ""},
		"aliases": {"\xc0\x0c", tCNAME, 1, "\xc0\x0c"},
		"A":       {"\xc0\x0c", tA, 1, "\x01\x02\x03\x04"},
	} {
		var all []rr
		for len(all)*(12+len(r.data)) < MaxMessage-100 {
			all = append(all, r)
		}
		msg := message(reply, "www.example.com", A, all, nil)
		begin := time.Now()
		got, err := Parse(msg, "www.example.com", A)
		if took := time.Since(begin); took > time.Second || len(got.Addrs) > maxRecords {
			t.Errorf("%s: %d octets took %v: %d, %v", name, len(msg), took, len(got.Addrs), err)
		}
	}
}

// Whatever an answer is: it is read without a panic, within bounds, and to one result.
func FuzzParse(f *testing.F) {
	f.Add(message(reply, "www.example.com", A, []rr{cname("www.example.com", "b.example"), a("b.example", 60, 1)}, []rr{soa}), uint16(A))
	f.Add(message(nxdomain, "www.example.com", AAAA, nil, []rr{soa}), uint16(AAAA))
	f.Add(message(reply, "www.example.com", HTTPS, []rr{service(1, "", "\x00\x00\x00\x01", "\x00\x01\x02h3\x02h2", "\x00\x04\xc0\x00\x02\x01", "\x00\x05ech")}, nil), uint16(HTTPS))
	f.Fuzz(func(t *testing.T, msg []byte, typ uint16) {
		got, err := Parse(msg, "www.example.com", Type(typ))
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Errorf("%T", err)
			}
			if !reflect.DeepEqual(got, Answer{}) {
				t.Errorf("%+v besides an error", got)
			}
			return
		}
		if len(got.Addrs) > maxRecords || len(got.HTTPS) > maxRecords || got.TTL < 0 || got.TTL > 1<<31*time.Second {
			t.Errorf("%d, %d, %v", len(got.Addrs), len(got.HTTPS), got.TTL)
		}
		for _, a := range got.Addrs {
			if !a.IsValid() || typ == uint16(A) && !a.Is4() {
				t.Errorf("%v", a)
			}
		}
		if got.NotFound && len(got.Addrs)+len(got.HTTPS) > 0 {
			t.Errorf("not found, and %+v", got)
		}
		if again, err := Parse(append(bytes.Clone(msg), 0, 1, 2), "www.example.com", Type(typ)); err != nil || !reflect.DeepEqual(again.Addrs, got.Addrs) {
			t.Errorf("%+v, with more behind it: %+v, %v", got, again, err)
		}
	})
}
