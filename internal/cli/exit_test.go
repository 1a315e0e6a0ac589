package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"
	"time"

	"example.com/godwit"
	"example.com/godwit/internal/cli/download"
	"example.com/godwit/trace"
)

func TestExitCode(t *testing.T) {
	call := func(err error) error {
		return fmt.Errorf("wrapped: %w", &godwit.Error{Method: "GET", URL: "http://x/", Err: err})
	}
	phase := func(p trace.Phase) *trace.Error { return &trace.Error{Phase: p, Addr: "x:1", Err: errors.New("no")} }
	limit := func(e *trace.Error) *trace.Error { e.Limit = time.Second; return e }
	proxy := func(e *trace.Error) *trace.Error { e.Proxy = true; return e }
	kind := func(k godwit.Kind) error {
		return &godwit.Error{Kind: k, Method: "GET", URL: "http://x/", Err: errors.New("no")}
	}

	for _, c := range []struct {
		name string
		err  error
		want ExitCode
	}{
		{"none", nil, ExitOK},
		{"unknown", errors.New("no"), ExitError},
		{"usage", &usageError{"no"}, ExitUsage},
		{"URL", kind(godwit.ErrURL), ExitUsage},
		{"request", kind(godwit.ErrRequest), ExitUsage},
		{"interrupted", call(context.Canceled), ExitInterrupted},
		{"interrupted while connecting", call(&trace.Error{Phase: trace.Connect, Err: context.Canceled}), ExitInterrupted},
		{"deadline", call(context.DeadlineExceeded), ExitTimeout},
		{"limit", call(limit(phase(trace.Wait))), ExitTimeout},
		{"limit while resolving", call(limit(phase(trace.DNS))), ExitTimeout},
		{"limit at the proxy", call(proxy(limit(phase(trace.Connect)))), ExitTimeout},
		{"socket deadline", call(os.ErrDeadlineExceeded), ExitTimeout},
		{"too many redirects", kind(godwit.ErrRedirects), ExitRedirects},
		{"proxy's name", call(proxy(phase(trace.DNS))), ExitProxy},
		{"proxy's TLS", call(proxy(phase(trace.TLS))), ExitProxy},
		{"name", call(phase(trace.DNS)), ExitResolve},
		{"socket", call(phase(trace.Connect)), ExitConnect},
		{"TLS", call(phase(trace.TLS)), ExitTLS},
		{"reset while sending", call(&trace.Error{Phase: trace.Send, Err: syscall.ECONNRESET}), ExitProtocol},
		{"no answer", call(&trace.Error{Phase: trace.Wait, Err: io.EOF}), ExitProtocol},
		{"short", call(io.ErrUnexpectedEOF), ExitProtocol},
		{"protocol", kind(godwit.ErrProtocol), ExitProtocol},
		{"undecodable", kind(godwit.ErrDecode), ExitProtocol},
		{"no slot", call(phase(trace.Blocked)), ExitError},
		{"checksum", call(&download.ChecksumError{Algorithm: "sha256"}), ExitChecksum},
		{"output", &outputError{syscall.ENOSPC}, ExitOutput},
		{"output before what the network says", errors.Join(&outputError{syscall.ENOSPC}, call(phase(trace.Receive))), ExitOutput},
		{"interrupt before usage", errors.Join(&usageError{"no"}, context.Canceled), ExitInterrupted},
		{"usage before timeout", errors.Join(call(context.DeadlineExceeded), &usageError{"no"}), ExitUsage},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%s: exitCode(%v) = %d, want %d", c.name, c.err, got, c.want)
		}
	}
}

func TestStatusCode(t *testing.T) {
	for _, c := range []struct {
		status   int
		followed bool
		want     ExitCode
	}{
		{200, false, ExitOK},
		{204, true, ExitOK},
		{301, false, Exit3xx},
		{304, true, ExitOK},
		{400, false, Exit4xx},
		{499, true, Exit4xx},
		{500, false, Exit5xx},
		{599, false, Exit5xx},
		{600, false, ExitOK},
		{999, false, ExitOK},
	} {
		if got := statusCode(c.status, c.followed); got != c.want {
			t.Errorf("statusCode(%d, %v) = %d, want %d", c.status, c.followed, got, c.want)
		}
	}
}

// Each code is explained in the help, and only once.
func TestExitDocs(t *testing.T) {
	seen := map[ExitCode]bool{}
	for _, d := range exitDocs {
		if seen[d.code] || d.text == "" {
			t.Errorf("code %d: %q", d.code, d.text)
		}
		seen[d.code] = true
	}
	for _, code := range []ExitCode{ExitOK, ExitError, ExitTimeout, Exit3xx, Exit4xx, Exit5xx, ExitRedirects, ExitResolve, ExitConnect, ExitTLS, ExitProxy, ExitProtocol, ExitChecksum, ExitOutput, ExitUsage, ExitInterrupted} {
		if !seen[code] {
			t.Errorf("code %d is not explained", code)
		}
	}
}
