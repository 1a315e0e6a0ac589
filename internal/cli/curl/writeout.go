package curl

// -w: what is written once a transfer is over.

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/godwit/internal/cli/term"
	"example.com/godwit/trace"
)

// A result is what a transfer has come to.
type result struct {
	c        *config
	rec      *recorder
	url      string // as it was typed
	number   int
	sink     *sink
	failed   *failure // nil: it has not
	began    time.Time
	total    time.Duration
	retries  int
	location string // where a redirect that was not followed leads
}

// writeOut writes what the format says.
func (r *runner) writeOut(res *result) (err error) {
	if res.c.writeOut == "" {
		return nil
	}
	f := &formatter{r: r, res: res, values: res.values(), to: r.out()}
	defer func() {
		for _, file := range f.files {
			if cerr := file.Close(); err == nil && cerr != nil {
				err = &failure{code: exitWrite, err: cerr}
			}
		}
	}()
	for format := res.c.writeOut; format != "" && !f.over; {
		piece, n, err := f.piece(format)
		if err != nil {
			return err
		}
		if f.to == r.stderr {
			piece = term.Text(piece)
		}
		if _, err := io.WriteString(f.to, piece); err != nil {
			return &failure{code: exitWrite, err: err}
		}
		format = format[n:]
	}
	return nil
}

// A formatter goes through a format.
type formatter struct {
	r      *runner
	res    *result
	values variables
	to     io.Writer  // where it writes at the moment
	files  []*os.File // of %output
	over   bool       // %{onerror}, and there was none
}

// piece returns what the beginning of the format stands for, and how long that is.
func (f *formatter) piece(format string) (text string, n int, err error) {
	switch {
	case format[0] == '\\' && len(format) > 1:
		return backslash(format[1]), 2, nil
	case strings.HasPrefix(format, "%%"):
		return "%", 2, nil
	case strings.HasPrefix(format, "%header{"):
		name, n := braced(format[len("%header"):])
		return f.res.field(name), len("%header") + n, nil
	case strings.HasPrefix(format, "%output{"):
		name, n := braced(format[len("%output"):])
		file, err := openOutput(name)
		if err != nil {
			return "", 0, err
		}
		f.files, f.to = append(f.files, file), file
		return "", len("%output") + n, nil
	case strings.HasPrefix(format, "%{"):
		name, n := braced(format[1:])
		return f.variable(name), 1 + n, nil
	}
	return format[:1], 1, nil
}

// variable returns what a variable is, or does what it says.
func (f *formatter) variable(name string) string {
	switch name {
	case "stdout":
		f.to = f.r.out()
		return ""
	case "stderr":
		f.to = f.r.stderr
		return ""
	case "onerror":
		f.over = f.res.failed == nil
		return ""
	}
	value, known := f.values[name]
	if !known {
		fmt.Fprintf(f.r.stderr, "godwit curl: unknown --write-out variable: '%s'\n", term.Line(name))
		return ""
	}
	return value()
}

// openOutput opens the file of %output{NAME}, or of %output{>>NAME} to add to it.
func openOutput(name string) (*os.File, error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	name, adds := strings.CutPrefix(name, ">>")
	if adds {
		flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	f, err := os.OpenFile(name, flags, 0o644)
	if err != nil {
		return nil, &failure{code: exitWrite, err: fmt.Errorf("--write-out: %s: %w", name, cause(err))}
	}
	return f, nil
}

func backslash(c byte) string {
	switch c {
	case 'r':
		return "\r"
	case 'n':
		return "\n"
	case 't':
		return "\t"
	}
	return "\\" + string(c)
}

// braced returns what is between the braces at the beginning, and how long all of it is.
func braced(s string) (name string, n int) {
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return s[1:], len(s)
	}
	return s[1:end], end + 1
}

// field returns a field of the last response.
func (res *result) field(name string) string {
	x := res.rec.last()
	if x == nil || x.response == nil {
		return ""
	}
	return x.response.Fields.Get(name)
}

// A variables map has the variables, which are computed when they are wanted. One that is not
// known is empty.
type variables map[string]func() string

// numbers are those that %{json} has without quotes.
var numbers = strings.Fields("exitcode http_code http_connect num_certs num_connects num_headers num_redirects num_retries proxy_ssl_verify_result remote_port local_port response_code size_download size_header size_request size_upload speed_download speed_upload ssl_verify_result time_appconnect time_connect time_namelookup time_posttransfer time_pretransfer time_redirect time_starttransfer time_total urlnum")

// values returns the variables of a transfer.
func (res *result) values() variables {
	all := res.rec.all()
	var x exchange
	if len(all) > 0 {
		x = all[len(all)-1]
	}
	var response trace.ResponseHead
	if x.response != nil {
		response = *x.response
	}
	t := res.times(all)
	text := func(s string) func() string { return func() string { return s } }
	number := func(n int64) func() string { return text(strconv.FormatInt(n, 10)) }
	at := func(d time.Duration) func() string { return text(fmt.Sprintf("%.6f", d.Seconds())) }
	v := variables{
		"content_type": text(response.Fields.Get("Content-Type")), "method": text(x.request.Method),
		"http_version": text(versionNumber(response.Proto)), "referer": text(x.request.Fields.Get("Referer")),
		"http_code": text(code(response.Status)), "response_code": text(code(response.Status)), "http_connect": text(code(res.rec.connect)),
		"url": text(res.url), "url_effective": text(effective(&x, res.url)), "urlnum": number(int64(res.number)),
		"scheme": text(strings.ToUpper(schemeOf(effective(&x, res.url)))), "redirect_url": text(res.location),
		"num_redirects": number(int64(redirects(all))), "num_retries": number(int64(res.retries)), "num_headers": number(int64(len(response.Fields))), "num_connects": number(int64(connects(all))),
		"size_request": number(total(all, func(x *exchange) int64 { return int64(requestSize(&x.request)) })), "size_header": number(total(all, func(x *exchange) int64 { return int64(x.headSize) })),
		"size_upload": number(x.sent), "size_download": number(x.received),
		"speed_upload": number(speed(x.sent, res.total)), "speed_download": number(speed(x.received, res.total)),
		"time_total": at(res.total), "time_redirect": at(t.redirect), "time_namelookup": at(t.dns), "time_connect": at(t.connect), "time_appconnect": at(t.tls),
		"time_pretransfer": at(t.ready), "time_posttransfer": at(t.sent), "time_starttransfer": at(t.first),
		"remote_ip": text(""), "remote_port": text("0"), "local_ip": text(""), "local_port": text("0"),
		"filename_effective": text(res.sink.nameOf()), "ssl_verify_result": text("0"), "proxy_ssl_verify_result": text("0"), "ftp_entry_path": text(""),
		"exitcode": text("0"), "errormsg": text(""), "num_certs": text("0"), "certs": func() string { return certs(&x) },
	}
	if c := x.request.Conn; c.Remote.IsValid() {
		v["remote_ip"], v["remote_port"] = text(c.Remote.Addr().Unmap().String()), number(int64(c.Remote.Port()))
		if c.Local.IsValid() {
			v["local_ip"], v["local_port"] = text(c.Local.Addr().Unmap().String()), number(int64(c.Local.Port()))
		}
	}
	if s := x.request.Conn.TLS; s != nil {
		v["num_certs"] = number(int64(len(s.PeerCertificates)))
	}
	if res.failed != nil {
		v["exitcode"], v["errormsg"] = number(int64(res.failed.code)), text(res.failed.Error())
		if res.failed.code == exitCert {
			v["ssl_verify_result"] = text("1")
		}
	}
	v["json"] = func() string { return v.json() }
	v["header_json"] = func() string { return headerJSON(response.Fields) }
	return v
}

// json returns all variables as an object.
func (v variables) json() string {
	names := make([]string, 0, len(v))
	for name := range v {
		if name != "json" && name != "header_json" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteByte('{')
	for _, name := range names {
		value := v[name]()
		switch {
		case slices.Contains(numbers, name):
			if name == "http_code" || name == "response_code" || name == "http_connect" {
				value = strings.TrimLeft(value, "0")
			}
			if value == "" {
				value = "0"
			}
		case value == "":
			value = "null"
		default:
			value = quote(value)
		}
		fmt.Fprintf(&b, "%s:%s,", quote(name), value)
	}
	return b.String() + `"curl_version":` + quote(agent()) + "}"
}

// headerJSON returns the fields as an object of lists, names in lower case.
func headerJSON(fields trace.Fields) string {
	var names []string
	values := map[string][]string{}
	for _, f := range fields {
		name := strings.ToLower(f.Name)
		if values[name] == nil {
			names = append(names, name)
		}
		values[name] = append(values[name], f.Value)
	}
	var b strings.Builder
	b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			b.WriteString(",\n")
		}
		list, _ := json.Marshal(values[name])
		fmt.Fprintf(&b, "%s:%s", quote(name), list)
	}
	return b.String() + "\n}"
}

func quote(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// code returns a status in three digits.
func code(status int) string { return fmt.Sprintf("%03d", status) }

// versionNumber returns 1.1, 2, 3; 0 if there is none.
func versionNumber(proto string) string {
	_, number, ok := strings.Cut(shortProto(proto), "/")
	if !ok {
		return "0"
	}
	return number
}

// effective returns the URL of the last request, as it was asked for.
func effective(x *exchange, typed string) string {
	if x.request.URL != "" {
		return x.request.URL
	}
	return typed
}

func schemeOf(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Scheme != "" {
		return u.Scheme
	}
	return "http"
}

// redirects returns how many were followed: answers to challenges are none.
func redirects(all []exchange) (n int) {
	for i := range all[:max(len(all)-1, 0)] {
		if r := all[i].response; r != nil && r.Status/100 == 3 {
			n++
		}
	}
	return n
}

// connects returns how many connections were opened.
func connects(all []exchange) (n int) {
	for i := range all {
		if all[i].fresh {
			n++
		}
	}
	return n
}

func total(all []exchange, of func(*exchange) int64) (n int64) {
	for i := range all {
		n += of(&all[i])
	}
	return n
}

func speed(bytes int64, in time.Duration) int64 {
	if in <= 0 {
		return 0
	}
	return int64(float64(bytes) / in.Seconds())
}

// certs returns the certificates of the server in PEM.
func certs(x *exchange) string {
	s := x.request.Conn.TLS
	if s == nil {
		return ""
	}
	var b strings.Builder
	for _, cert := range s.PeerCertificates {
		b.WriteString(certText(cert))
	}
	return b.String()
}

func certText(cert *x509.Certificate) string {
	return fmt.Sprintf("Subject:%s\nIssuer:%s\nStart date:%s\nExpire date:%s\n%s", cert.Subject, cert.Issuer,
		cert.NotBefore.UTC().Format(time.RFC1123), cert.NotAfter.UTC().Format(time.RFC1123),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
}

// times are when the steps of the last exchange were over, counted from the beginning.
type times struct{ redirect, dns, connect, tls, ready, sent, first time.Duration }

func (res *result) times(all []exchange) (t times) {
	if len(all) == 0 {
		return t
	}
	for i := range all[:len(all)-1] {
		if d := all[i].done; d != nil {
			t.redirect += d.Timings.Total()
		}
	}
	if redirects(all) == 0 {
		defer func() { t.redirect = 0 }()
	}
	d := all[len(all)-1].done
	if d == nil {
		return t
	}
	g := d.Timings
	t.dns = t.redirect + g.Blocked + g.DNS
	t.connect = t.dns + g.Connect
	t.ready = t.connect
	if g.TLS > 0 {
		t.tls = t.connect + g.TLS
		t.ready = t.tls
	}
	t.sent = t.ready + g.Send
	t.first = t.sent + g.Wait
	return t
}
