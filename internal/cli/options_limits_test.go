package cli

// Trying again, rates and sizes, and the versions and limits of an exchange: on the wire.

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/godwit"
)

// wireServer answers each request, one for a connection, and hands over its bytes.
func wireServer(t *testing.T, answer string) (url string, got <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	requests := make(chan string, 16)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			var got strings.Builder
			if req, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, &got))); err == nil {
				_, _ = io.Copy(io.Discard, req.Body)
				requests <- got.String()
				_, _ = io.WriteString(c, answer)
			}
			_ = c.Close()
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		serving.Wait()
	})
	return "http://" + l.Addr().String(), requests
}

func TestHTTP10(t *testing.T) {
	url, requests := wireServer(t, "HTTP/1.0 200 OK\r\n\r\nold")
	host := strings.TrimPrefix(url, "http://")
	got := run(t, "--http1.0", "--print=Hhb", url+"/a", "User-Agent:", "Accept:", "Accept-Encoding:")
	request := <-requests
	if got.code != ExitOK || request != "GET /a HTTP/1.0\r\nHost: "+host+"\r\n\r\n" {
		t.Errorf("%+v\n%q", got, request)
	}
	if !strings.HasPrefix(got.out, request) || !strings.HasSuffix(got.out, "HTTP/1.0 200 OK\r\n\r\nold") {
		t.Errorf("%q", got.out)
	}
	got = run(t, "--http1.0", "-b", url+"/a", "x=1")
	request = <-requests
	if got.code != ExitOK || !strings.HasPrefix(request, "POST /a HTTP/1.0\r\n") || !strings.Contains(request, "\r\nContent-Length: 10\r\n") || strings.Contains(request, "chunked") || strings.Contains(request, "Connection") {
		t.Errorf("%+v\n%q", got, request)
	}
	// The last of them says how.
	got = run(t, "--http1.0", "--no-http1.0", "-b", url)
	if request = <-requests; got.code != ExitOK || !strings.HasPrefix(request, "GET / HTTP/1.1\r\n") {
		t.Errorf("%+v\n%q", got, request)
	}
	// A body from a pipe that is too long to be held has no length.
	got = runEnv(t, Env{Stdin: io.LimitReader(zeros{}, 20<<20)}, "--http1.0", "POST", url)
	if got.code != ExitUsage || !strings.Contains(got.err, "neither of which HTTP/1.0 has") {
		t.Errorf("%+v", got)
	}
}

// statuses answers with one status after the other, the last one again and again, and counts.
func statuses(t *testing.T, codes ...int) (url string, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := int(asked.Add(1))
		w.WriteHeader(codes[min(n, len(codes))-1])
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestRetry(t *testing.T) {
	const quick = " --retry-delay=0.001"
	for _, c := range []struct {
		flags string
		codes []int
		asked int32
		code  ExitCode
	}{
		{"", []int{503, 200}, 1, Exit5xx},
		{"--retry=2" + quick, []int{503, 502, 200}, 3, ExitOK},
		{"--retry 1" + quick, []int{503, 502, 200}, 2, Exit5xx},
		{"--retry=2" + quick, []int{500, 200}, 1, Exit5xx},
		{"--retry=2 --retry-on=5xx" + quick, []int{500, 200}, 2, ExitOK},
		{"--retry=2 --retry-on=404,409" + quick, []int{404, 409, 200}, 3, ExitOK},
		{"--retry=2 --retry-on=connect" + quick, []int{503, 200}, 1, Exit5xx},
		{"--retry=2 POST" + quick, []int{503, 200}, 1, Exit5xx},
		{"--retry=2 --retry-unsafe POST" + quick, []int{503, 200}, 2, ExitOK},
		{"--retry=2 --retry-unsafe --no-retry-unsafe POST" + quick, []int{503, 200}, 1, Exit5xx},
		{"--retry=0" + quick, []int{503, 200}, 1, Exit5xx},
		{"--retry=9 --retry-delay=1000 --retry-max-time=0.001", []int{503, 200}, 1, Exit5xx},
		{"--retry=3 --check-status --no-check-status" + quick, []int{503}, 4, ExitOK},
	} {
		url, asked := statuses(t, c.codes...)
		args := append([]string{"--check-status"}, strings.Fields(c.flags)...)
		if got := run(t, append(args, url)...); got.code != c.code || asked.Load() != c.asked {
			t.Errorf("%s: %d, asked %d times; want %d, %d\n%s", c.flags, got.code, asked.Load(), c.code, c.asked, got.err)
		}
	}
	// No connection is no connection each time, and its code stays.
	if got := run(t, "--retry=2", "--retry-delay=0.001", "http://127.0.0.1:1"); got.code != ExitConnect || !strings.Contains(got.err, "gave up after 3 attempts") {
		t.Errorf("%+v", got)
	}
	if got := run(t, "--retry=2", "--retry-on=lost,503", "http://127.0.0.1:1"); got.code != ExitConnect || strings.Contains(got.err, "gave up") {
		t.Errorf("%+v", got)
	}
}

func TestLimitFlags(t *testing.T) {
	for _, c := range []struct {
		args string
		ok   func(l *limitOptions) bool
	}{
		{"--rate=2/s", func(l *limitOptions) bool { return l.every == 500*time.Millisecond }},
		{"--rate=30/m", func(l *limitOptions) bool { return l.every == 2*time.Second }},
		{"--rate 1/h", func(l *limitOptions) bool { return l.every == time.Hour }},
		{"--rate=0.5/d", func(l *limitOptions) bool { return l.every == 48*time.Hour }},
		{"--rate=4", func(l *limitOptions) bool { return l.every == 250*time.Millisecond }},
		{"--limit-rate=500k", func(l *limitOptions) bool { return l.limitRate == 500<<10 }},
		{"--limit-rate=1", func(l *limitOptions) bool { return l.limitRate == 1 }},
		{"--max-size=1.5M", func(l *limitOptions) bool { return l.maxSize == 3<<19 }},
		{"--max-size=2GiB", func(l *limitOptions) bool { return l.maxSize == 2<<30 }},
		{"--max-size=10000", func(l *limitOptions) bool { return l.maxSize == 10000 }},
		{"--retry-on=connect,lost,503,5xx,400", func(l *limitOptions) bool {
			return l.retryOn.connect && l.retryOn.lost && len(l.retryOn.statuses) == 101 && l.retryOn.statuses[0] == 400
		}},
		{"--retry=3 --retry-max-time=2 --retry-on=lost", func(l *limitOptions) bool {
			return reflect.DeepEqual(l.settings(), []godwit.Option{godwit.Retry{Max: 3, MaxTime: 2 * time.Second, Connect: -1, Status: -1, Statuses: []int{}, NoBudget: true}})
		}},
		{"--retry-max-time=2", func(l *limitOptions) bool { return l.settings() == nil }},
	} {
		o := newOptions()
		if _, err := parseFlags(requestFlags, strings.Fields(c.args), o); err != nil || !c.ok(&o.limits) {
			t.Errorf("%s: %v, %+v", c.args, err, o.limits)
		}
	}
	for _, args := range []string{
		"--retry=-1", "--retry=x", "--retry=", "--retry-on=", "--retry-on=6xx", "--retry-on=200", "--retry-on=+503", "--retry-on=connect,", "--retry-on=xx",
		"--rate=0/s", "--rate=-1/s", "--rate=1/y", "--rate=NaN/s", "--rate=/s", "--rate=1e-300/s", "--rate=1e10/s", "--rate=inf/s",
		"--limit-rate=0", "--limit-rate=", "--limit-rate=k", "--limit-rate=-1", "--limit-rate=1e3", "--max-size=0.5", "--max-size=1x", "--max-size=9999999T", "--max-size=inf",
		"--connect-timeout=x", "--stall-timeout=-1", "--retry-delay=x", "--retry-max-time=x",
	} {
		name, _, _ := strings.Cut(args, "=")
		if got := run(t, args, "http://127.0.0.1:1"); got.code != ExitUsage || !strings.HasPrefix(got.err, "godwit: "+name+": ") {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// A body that is too large ends the run, before anything of it if its length is known; of
// another there is no more than may be.
func TestMaxSize(t *testing.T) {
	for _, c := range []struct {
		name, answer, out string
		code              ExitCode
	}{
		{"known", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n123456", "", ExitError},
		{"unknown", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n123456", "12345", ExitError},
		{"fits", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345", "12345", ExitOK},
		{"fits, unknown", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n12345", "12345", ExitOK},
	} {
		got := run(t, "--max-size=5", answering(t, c.answer))
		if got.code != c.code || got.out != c.out || (c.code != ExitOK) != strings.Contains(got.err, "more than the 5 bytes of --max-size") {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if got := run(t, "--max-size=5", "HEAD", answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")); got.code != ExitOK {
		t.Errorf("HEAD: %+v", got)
	}
	if got := run(t, "--max-size=100", bin.HTTP+"/gzip"); got.code != ExitError {
		t.Errorf("what it is when it is decoded: %+v", got)
	}
}

// The rate of bytes holds in both directions.
func TestLimitRate(t *testing.T) {
	const size, rate = 30_000, 100_000
	for _, args := range [][]string{
		{fmt.Sprint(bin.HTTP, "/bytes/", size)},
		{"--headers", "POST", bin.HTTP + "/post"},
		{"--download", "--output=" + filepath.Join(t.TempDir(), "x"), fmt.Sprint(bin.HTTP, "/bytes/", size)},
	} {
		env := Env{Stdin: strings.NewReader(strings.Repeat("x", size))}
		begun := time.Now()
		got := runEnv(t, env, append([]string{fmt.Sprint("--limit-rate=", rate)}, args...)...)
		if took := time.Since(begun); got.code != ExitOK || took < 200*time.Millisecond {
			t.Errorf("%v: %d in %v, %s", args, got.code, took, got.err)
		}
	}
}

// Limits of phases are those that the flags name, and the message leads to the flag.
func TestTimeouts(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // whose connections nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if got := run(t, "--connect-timeout=0.05", "--verify=no", "https://"+silent.Addr().String()); got.code != ExitTimeout || !strings.Contains(got.err, "--connect-timeout=SECONDS") {
		t.Errorf("%+v", got)
	}
	halfway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer halfway.Close()
	if got := run(t, "--stall-timeout=0.05", halfway.URL); got.code != ExitTimeout || got.out != "half" || !strings.Contains(got.err, "--stall-timeout=SECONDS") {
		t.Errorf("%+v", got)
	}
	// The special limit holds beside the general one, whatever their order.
	if got := run(t, "--stall-timeout=0.05", "--timeout=1000", halfway.URL); got.code != ExitTimeout {
		t.Errorf("%+v", got)
	}
	if got := run(t, "--timeout=0.05", silent.Addr().String()+"/x"); got.code != ExitTimeout || !strings.Contains(got.err, "--timeout=SECONDS") {
		t.Errorf("%+v", got)
	}
}

// From https to http only if that is asked for.
func TestAllowDowngrade(t *testing.T) {
	args := []string{"--follow", "--verify=" + bin.CAFile, bin.HTTPS + "/redirect-to?url=" + bin.HTTP + "/uuid"}
	if got := run(t, args...); got.code == ExitOK || got.out != "" || !strings.Contains(got.err, "--allow-downgrade follows it") {
		t.Errorf("%+v", got)
	}
	if got := run(t, append(args, "--allow-downgrade")...); got.code != ExitOK || !strings.Contains(got.out, `"uuid"`) {
		t.Errorf("%+v", got)
	}
	if got := run(t, append(args, "--allow-downgrade", "--no-allow-downgrade")...); got.code == ExitOK {
		t.Errorf("%+v", got)
	}
}

// The calls of a run begin at the rate, one after the other, side by side, and out of a list.
func TestRate(t *testing.T) {
	for _, args := range [][]string{
		{"-b", "URL", "URL", "URL"},
		{"-b", "--parallel", "URL", "URL", "URL"},
		{"--input=-", "--jobs=3", "--output-dir=" + t.TempDir()},
	} {
		url, asked := statuses(t, 204, 200)
		list := []string{"--rate=20/s"}
		for _, arg := range args {
			list = append(list, strings.ReplaceAll(arg, "URL", url))
		}
		env := Env{Stdin: strings.NewReader(fmt.Sprintf("%[1]s/a\n%[1]s/b\n%[1]s/c\n", url)), StdinTTY: args[0] == "-b"}
		begun := time.Now()
		got := runEnv(t, env, list...)
		if took := time.Since(begun); asked.Load() != 3 || took < 100*time.Millisecond {
			t.Errorf("%v: asked %d times in %v\n%s", args, asked.Load(), took, got.err)
		}
	}
}
