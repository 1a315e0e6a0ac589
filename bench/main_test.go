// The program, run with counts so small that the figures mean nothing: that every mode works
// with every contender is what is tested, never how fast it was.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if isServer(os.Args) { // the test program too is its own server
		os.Exit(serveMain(os.Stdin, os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m,
		// fasthttp's cleaners of connections and of addresses sleep and cannot be woken.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*HostClient).connsCleaner"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*TCPDialer).tcpAddrsClean"))
}

// bench runs the program and returns what it printed; anything but exit code 0 fails the
// test.
func bench(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), args, &stdout, &stderr); code != 0 {
		t.Fatalf("bench %s: exit code %d\n%s", strings.Join(args, " "), code, stderr.String())
	}
	return stdout.String()
}

// TestStarts: the command is built and started, and those that are not there are left out.
func TestStarts(t *testing.T) {
	out := bench(t, "-start", "-rounds", "2")
	if !strings.Contains(out, "| godwit ") || !strings.Contains(out, "| program ") {
		t.Errorf("no godwit in\n%s", out)
	}
}

func TestModes(t *testing.T) {
	for _, tc := range []struct {
		args string
		runs int
	}{
		{"-inflight 1,3", 2},
		{"-inflight 3 -tls", 1},
		{"-download", 1},
		{"-download -tls", 1},
	} {
		t.Run(tc.args, func(t *testing.T) {
			out := bench(t, append(strings.Fields(tc.args), "-rounds", "2", "-per", "6", "-json")...)
			var rep report
			if err := json.Unmarshal([]byte(out), &rep); err != nil {
				t.Fatal(err)
			}
			if len(rep.Runs) != tc.runs {
				t.Errorf("%d runs instead of %d", len(rep.Runs), tc.runs)
			}
			for _, run := range rep.Runs {
				checkRun(t, run)
			}
		})
	}
}

// checkRun looks for what is true of every run, however short and on whatever machine.
func checkRun(t *testing.T, run *comparison) {
	t.Helper()
	if len(run.Rows) != len(contenders) {
		t.Fatalf("%d rows for %d contenders", len(run.Rows), len(contenders))
	}
	for i, r := range run.Rows {
		if r.Name != contenders[i].name {
			t.Errorf("row %d is of %q instead of %q", i, r.Name, contenders[i].name)
		}
		if len(r.Samples) != run.Rounds {
			t.Errorf("%s has %d samples of %d rounds", r.Name, len(r.Samples), run.Rounds)
		}
		if r.Cost.Wall <= 0 || r.Cost.CPU <= 0 || r.WallRatio <= 0 || r.CPURatio <= 0 {
			t.Errorf("%s has figures that are not positive: %+v", r.Name, r)
		}
	}
	if raw := run.Rows[0]; raw.CPURatio != 1 || raw.WallRatio != 1 {
		t.Errorf("raw is %v and %v times itself", raw.CPURatio, raw.WallRatio)
	}
}

func TestDecode(t *testing.T) {
	out := bench(t, "-decode", "-rounds", "1", "-per", "1", "-json")
	var rep report
	if err := json.Unmarshal([]byte(out), &rep); err != nil {
		t.Fatal(err)
	}
	if len(rep.Decoding) != len(codecs)*len(decodeSizes) {
		t.Errorf("%d runs", len(rep.Decoding))
	}
	for _, d := range rep.Decoding {
		if d.Ratio <= 0 || d.Ours.CPU <= 0 || d.Library.CPU <= 0 || d.Coded >= d.Plain {
			t.Errorf("%+v", d)
		}
	}
	out = bench(t, "-decode", "-rounds", "1", "-per", "1")
	line := regexp.MustCompile(`(?m)^\| (gzip|deflate|br|zstd), [0-9]+ +(\| +[0-9.]+ ){6}\|$`)
	if n := len(line.FindAllString(out, -1)); n != len(codecs)*len(decodeSizes) || strings.Count(out, "goal") != len(codecs)*2 {
		t.Errorf("%d lines of figures:\n%s", n, out)
	}
}

func TestTables(t *testing.T) {
	out := bench(t, "-inflight", "1", "-rounds", "1", "-per", "2", "-contenders", "net/http,raw")
	line := regexp.MustCompile(`(?m)^\| (raw|net/http) +(\| +[0-9.]+ ){6}\|$`)
	if n := len(line.FindAllString(out, -1)); n != 2 {
		t.Errorf("%d lines of figures instead of 2:\n%s", n, out)
	}
	out = bench(t, "-download", "-rounds", "1", "-per", "2", "-contenders", "net/http")
	if !strings.Contains(out, "MB/s |") {
		t.Errorf("no throughput:\n%s", out)
	}
}

// A connection for each request, with a full handshake or without.
func TestConnect(t *testing.T) {
	for args, want := range map[string]string{
		"-connect":              "plain TCP, a new connection each, 1 in flight",
		"-connect -tls":         "TLS, a new connection each, 1 in flight",
		"-connect -tls -resume": "TLS, a new connection each, sessions resumed, 1 in flight",
	} {
		out := bench(t, append(strings.Fields(args), "-rounds", "1", "-per", "3")...)
		if !strings.Contains(out, want) || !regexp.MustCompile(`(?s)\| raw .*\| transport .*\| net/http `).MatchString(out) {
			t.Errorf("%s:\n%s", args, out)
		}
	}
}

// Over HTTP/2 those who speak it are divided by net/http, and the answers come in HTTP/2.
func TestHTTP2(t *testing.T) {
	out := bench(t, "-http2", "-inflight", "2", "-rounds", "1", "-per", "4")
	if !strings.Contains(out, "GET /small, HTTP/2, 2 in flight") || strings.Contains(out, "| raw") ||
		!regexp.MustCompile(`(?s)CPU ÷ net/http.*\| transport .*\| godwit .*\| net/http .*1\.00`).MatchString(out) {
		t.Error(out)
	}
	srv, err := startServer(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = srv.stop() }()
	tr := newNetHTTP(srv.http2Target(small), 1)
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr}).Get(srv.http2Target(small).url())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); res.Proto != "HTTP/2.0" || string(body) != smallBody || err != nil {
		t.Errorf("%s %q %v", res.Proto, body, err)
	}
}

func TestOnlyWritesProfiles(t *testing.T) {
	dir := t.TempDir()
	cpu, mem := filepath.Join(dir, "cpu"), filepath.Join(dir, "mem")
	out := bench(t, "-only", "net/http", "-inflight", "2", "-duration", "1ms", "-cpuprofile", cpu, "-memprofile", mem)
	if !strings.HasPrefix(out, "net/http, /small, 2 in flight, ") {
		t.Errorf("printed %q", out)
	}
	for _, name := range []string{cpu, mem} {
		profile, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(profile, []byte("\x1f\x8b")) { // profiles are gzip
			t.Errorf("%s is no profile: % x", name, profile[:min(len(profile), 8)])
		}
	}
}

func TestUsage(t *testing.T) {
	for _, tc := range []struct{ args, want string }{
		{"-contenders curl", `no contender "curl"`},
		{"-inflight 0", "-inflight"},
		{"-inflight 1,,2", "-inflight"},
		{"-rounds -1", "-rounds"},
		{"-cpuprofile x", "-only"},
		{"-only raw -inflight 1,64", "one number"},
		{"-only raw -json", "-only"},
		{"-idle 3 -tls", "-idle"},
		{"-decode -tls", "-decode"},
		{"-decode -inflight 3", "-decode"},
		{"-connect -download", "-connect"},
		{"-connect -resume", "-resume"},
		{"-connect -only fasthttp", "-connect"},
		{"-http2 -only raw", "-http2 is not for raw"},
		{"-http2 -contenders transport,conn", "-http2 is not for conn"},
		{"-http2 -download", "-http2"},
		{"-http2 -decode", "-http2"},
		{"now", `"now"`},
		{"-nosuchflag", "nosuchflag"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), strings.Fields(tc.args), &stdout, &stderr); code != 2 {
			t.Errorf("bench %s: exit code %d instead of 2", tc.args, code)
		}
		if !strings.Contains(stderr.String(), tc.want) || stdout.Len() > 0 {
			t.Errorf("bench %s printed %q and %q, without %q", tc.args, stdout.String(), stderr.String(), tc.want)
		}
	}
	if code := run(t.Context(), []string{"-h"}, os.Stdout, new(bytes.Buffer)); code != 0 {
		t.Errorf("bench -h: exit code %d", code)
	}
}
