package dial

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/trace"
)

const ms = time.Millisecond

// In each row the name has these addresses, which answer so. Times are counted from the
// beginning of the phase.
func TestHappyEyeballs(t *testing.T) {
	const limit = 2100 * ms // not a moment at which an attempt begins
	six := []string{"2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"}
	many := make([]string, 100)
	for i := range many {
		many[i] = fmt.Sprintf("192.0.2.%d", i+1)
	}
	for _, test := range []struct {
		name    string
		addrs   []string
		answers map[string]answer
		starts  string
		won     string // "": none
		took    time.Duration
		text    string // of the *ConnectError
	}{
		{
			"the first answers at once", six,
			map[string]answer{"2001:db8::1": {after: 20 * ms}},
			"2001:db8::1@0s", "2001:db8::1", 20 * ms, "",
		},
		{
			"only one address", six[2:3],
			map[string]answer{"192.0.2.1": {after: 400 * ms}},
			"192.0.2.1@0s", "192.0.2.1", 400 * ms, "",
		},
		{
			"the first is slower than the second", six,
			map[string]answer{"2001:db8::1": {after: 300 * ms}, "192.0.2.1": {after: 20 * ms}},
			"2001:db8::1@0s 192.0.2.1@250ms", "192.0.2.1", 270 * ms, "",
		},
		{
			"the first wins although the second has begun", six,
			map[string]answer{"2001:db8::1": {after: 300 * ms}},
			"2001:db8::1@0s 192.0.2.1@250ms", "2001:db8::1", 300 * ms, "",
		},
		{
			"each waits its turn", six,
			map[string]answer{"192.0.2.2": {after: 10 * ms}},
			"2001:db8::1@0s 192.0.2.1@250ms 2001:db8::2@500ms 192.0.2.2@750ms", "192.0.2.2", 760 * ms, "",
		},
		{
			"a failure starts the next at once", six,
			map[string]answer{
				"2001:db8::1": {after: 10 * ms, err: errRefused}, "192.0.2.1": {after: 100 * ms, err: errRefused}, "192.0.2.2": {after: 5 * ms},
			},
			"2001:db8::1@0s 192.0.2.1@10ms 2001:db8::2@110ms 192.0.2.2@360ms", "192.0.2.2", 365 * ms, "",
		},
		{
			"all refuse", six,
			map[string]answer{
				"2001:db8::1": {err: errRefused}, "2001:db8::2": {err: syscall.ENETUNREACH}, "192.0.2.1": {after: ms, err: errRefused}, "192.0.2.2": {err: errRefused},
			},
			"2001:db8::1@0s 192.0.2.1@0s 2001:db8::2@1ms 192.0.2.2@1ms", "", ms,
			"[2001:db8::1]:443: connection refused, 192.0.2.1:443: connection refused, [2001:db8::2]:443: network is unreachable, 192.0.2.2:443: connection refused",
		},
		{
			"one refuses, nobody else answers", six,
			map[string]answer{"192.0.2.1": {after: 50 * ms, err: errRefused}},
			"2001:db8::1@0s 192.0.2.1@250ms 2001:db8::2@300ms 192.0.2.2@550ms", "", limit,
			"[2001:db8::1]:443: no answer in 2.1s, 192.0.2.1:443: connection refused, [2001:db8::2]:443: no answer in 1.8s, 192.0.2.2:443: no answer in 1.55s",
		},
		{
			"only one, and it does not answer", six[2:3], nil,
			"192.0.2.1@0s", "", limit, "192.0.2.1:443: no answer in 2.1s",
		},
		{
			"more addresses than time", many[:12], nil,
			"192.0.2.1@0s 192.0.2.2@250ms 192.0.2.3@500ms 192.0.2.4@750ms 192.0.2.5@1s 192.0.2.6@1.25s 192.0.2.7@1.5s 192.0.2.8@1.75s 192.0.2.9@2s", "", limit,
			"192.0.2.1:443: no answer in 2.1s, 192.0.2.2:443: no answer in 1.85s, 192.0.2.3:443: no answer in 1.6s, 192.0.2.4:443: no answer in 1.35s, " +
				"192.0.2.5:443: no answer in 1.1s, 192.0.2.6:443: no answer in 850ms, 192.0.2.7:443: no answer in 600ms, 192.0.2.8:443: no answer in 350ms, " +
				"192.0.2.9:443: no answer in 100ms, and 3 more not tried",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFakeNet(test.answers)
				d := &Dialer{Resolver: &fakeResolver{addrs: test.addrs}, Connect: fake.connect}
				x := &Exchange{Limits: trace.Limits{Connect: limit}, Timings: new(trace.Timings)}
				nc, err := d.DialContext(t.Context(), "a.example", "443", x)
				if took := time.Since(fake.began); took != test.took || x.Timings.Connect != took {
					t.Errorf("took %v (timings: %v), want %v", took, x.Timings.Connect, test.took)
				}
				if starts := strings.Join(fake.starts, " "); starts != test.starts {
					t.Errorf("got  %s\nwant %s", starts, test.starts)
				}
				for name, c := range fake.conns {
					if open := name == test.won; c.closed.Load() == open {
						t.Errorf("%s closed: %v", name, !open)
					}
				}
				if test.won != "" {
					if err != nil || nc != fake.conns[test.won] {
						t.Errorf("%v, %v; want the connection to %s", nc, err, test.won)
					}
					return
				}
				tried, ok := errors.AsType[*ConnectError](err)
				if !ok {
					t.Fatalf("%v, want a *ConnectError in it", err)
				}
				if tried.Error() != test.text {
					t.Errorf("got  %s\nwant %s", tried, test.text)
				}
				if test.took == limit {
					checkLimit(t, err, trace.Connect, limit)
					if want := "connecting to a.example:443: timed out after 2.1s (set by Limits.Connect): " + test.text; err.Error() != want {
						t.Errorf("got  %s\nwant %s", err, want)
					}
				} else if e := phaseError(t, err, trace.Connect); e.Limit != 0 || e.Timeout() {
					t.Errorf("laid on a limit: %v", err)
				}
				if refused := strings.Contains(test.text, "refused"); errors.Is(err, syscall.ECONNREFUSED) != refused {
					t.Errorf("errors.Is ECONNREFUSED is not %v", refused)
				}
			})
		})
	}
}

// A connection that comes about while the winner is handed over is closed, even if the
// attempt did not obey; nothing is under way when DialContext returns.
func TestLosersAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFakeNet(map[string]answer{
			"192.0.2.1": {after: 900 * ms, deaf: true}, "192.0.2.2": {after: 100 * ms}, "192.0.2.3": {after: never},
		})
		d := &Dialer{Resolver: &fakeResolver{addrs: []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}}, Connect: fake.connect}
		nc, err := d.DialContext(t.Context(), "a.example", "443", nil)
		if err != nil || nc != fake.conns["192.0.2.2"] || nc.(*fakeConn).closed.Load() {
			t.Fatal(nc, err)
		}
		if late := fake.conns["192.0.2.1"]; late == nil || !late.closed.Load() {
			t.Errorf("the connection that came too late: %v", late)
		}
	})
}

// At most 32 addresses are tried, of both families.
func TestManyAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var addrs []string
		answers := map[string]answer{}
		for i := range 1000 {
			addrs = append(addrs, fmt.Sprintf("2001:db8::%x", i+1))
		}
		for i := range 200 {
			addrs = append(addrs, fmt.Sprintf("192.0.2.%d", i+1))
		}
		for _, a := range addrs {
			answers[a] = answer{err: errRefused}
		}
		fake := newFakeNet(answers)
		d := &Dialer{Resolver: &fakeResolver{addrs: addrs}, Connect: fake.connect}
		_, err := d.DialContext(t.Context(), "a.example", "443", nil)
		if len(fake.starts) != 32 || len(err.Error()) > 4<<10 {
			t.Errorf("%d attempts, %d bytes of text", len(fake.starts), len(err.Error()))
		}
		if four := slices.IndexFunc(fake.starts, func(s string) bool { return strings.HasPrefix(s, "192.0.2.16@") }); four < 0 {
			t.Error("IPv4 was not tried in turn")
		}
	})
}

// The context may end before anything, in the first attempt, in the second, and with one
// address only; by cancelling, by a cause of its own, and by a deadline.
func TestConnectEnds(t *testing.T) {
	errHangUp := errors.New("hung up")
	for _, addrs := range [][]string{{"192.0.2.1"}, {"192.0.2.1", "2001:db8::1", "192.0.2.2"}} {
		for _, at := range []time.Duration{0, ms, 249 * ms, 300 * ms, 9 * time.Second} {
			for _, end := range []struct {
				name string
				ctx  func(context.Context) (context.Context, func())
				want []error
			}{
				{"cancel", func(ctx context.Context) (context.Context, func()) {
					ctx, cancel := context.WithCancel(ctx)
					return ctx, cancelAfter(at, cancel)
				}, []error{context.Canceled}},
				{"cause", func(ctx context.Context) (context.Context, func()) {
					ctx, cancel := context.WithCancelCause(ctx)
					return ctx, cancelAfter(at, func() { cancel(errHangUp) })
				}, []error{context.Canceled, errHangUp}},
				{"deadline", func(ctx context.Context) (context.Context, func()) {
					return context.WithTimeout(ctx, at)
				}, []error{context.DeadlineExceeded}},
				{"deadline with a cause", func(ctx context.Context) (context.Context, func()) {
					return context.WithTimeoutCause(ctx, at, errHangUp)
				}, []error{context.DeadlineExceeded, errHangUp}},
			} {
				t.Run(fmt.Sprintf("%d addresses/%v/%s", len(addrs), at, end.name), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						fake := newFakeNet(nil)
						d := &Dialer{Resolver: &fakeResolver{addrs: addrs}, Connect: fake.connect}
						ctx, release := end.ctx(t.Context())
						defer release()
						host := "a.example"
						if len(addrs) == 1 {
							host = addrs[0]
						}
						_, err := d.DialContext(ctx, host, "443", nil)
						if took := time.Since(fake.began); took != at {
							t.Errorf("took %v, want %v", took, at)
						}
						if at == 0 {
							// Which phase it was is a matter of luck.
							checkEnded(t, err, err.(*trace.Error).Phase, end.want...)
							return
						}
						checkEnded(t, err, trace.Connect, end.want...)
						if !errors.Is(err, ErrUnfinished) || !strings.Contains(err.Error(), "no answer in "+at.String()) {
							t.Errorf("it does not say what was under way: %v", err)
						}
					})
				})
			}
		}
	}
}

// cancelAfter runs f when the time is up, on the clock of the bubble.
func cancelAfter(at time.Duration, f func()) func() {
	timer := time.AfterFunc(at, f)
	return func() { timer.Stop() }
}

// When the caller's deadline and the limit are the same, the caller's counts.
func TestDeadlineOrLimit(t *testing.T) {
	for _, test := range []struct {
		deadline, limit time.Duration
		mine            bool
	}{
		{time.Second, 2 * time.Second, true},
		{time.Second, time.Second, true},
		{2 * time.Second, time.Second, false},
		{time.Second, -1, true},
	} {
		for _, host := range []string{"192.0.2.1", "a.example"} {
			t.Run(fmt.Sprint(test.deadline, test.limit, host), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					fake := newFakeNet(nil)
					d := &Dialer{Resolver: &fakeResolver{addrs: []string{"192.0.2.1", "192.0.2.2"}}, Connect: fake.connect}
					ctx, cancel := context.WithTimeout(t.Context(), test.deadline)
					defer cancel()
					_, err := d.DialContext(ctx, host, "443", &Exchange{Limits: trace.Limits{Connect: test.limit}})
					if test.mine {
						checkEnded(t, err, trace.Connect, context.DeadlineExceeded)
					} else {
						checkLimit(t, err, trace.Connect, test.limit)
					}
				})
			})
		}
	}
}
