package godwit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// after returns what it was given, when that many seconds have passed.
func later(ctx context.Context, seconds int) (string, error) {
	select {
	case <-time.After(time.Duration(seconds) * time.Second):
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if seconds%10 == 3 {
		return "partly", errors.New("three")
	}
	return fmt.Sprint(seconds), nil
}

// Results come as they are there, with what they are the results of; an error ends nothing.
func TestEach(t *testing.T) {
	for n, want := range map[int]string{
		-1: "0:5=5 1:13=partly(three) 2:1=1 3:2=2 ",
		0:  "0:5=5 1:13=partly(three) 2:1=1 3:2=2 ",
		1:  "0:5=5 1:13=partly(three) 2:1=1 3:2=2 ",
		2:  "0:5=5 2:1=1 3:2=2 1:13=partly(three) ",
		4:  "2:1=1 3:2=2 0:5=5 1:13=partly(three) ",
		99: "2:1=1 3:2=2 0:5=5 1:13=partly(three) ",
	} {
		synctest.Test(t, func(t *testing.T) {
			each := Each(t.Context(), n, slices.Values([]int{5, 13, 1, 2}), later)
			for range 2 { // it can be gone through again
				var got strings.Builder
				for r, err := range each {
					fmt.Fprintf(&got, "%d:%d=%s", r.Index, r.In, r.Out)
					if err != nil {
						fmt.Fprintf(&got, "(%v)", err)
					}
					got.WriteByte(' ')
				}
				if got.String() != want {
					t.Errorf("%d at a time: %s, want %s", n, got.String(), want)
				}
			}
		})
	}
	for r, err := range Each(t.Context(), 3, slices.Values([]int(nil)), later) {
		t.Error(r, err)
	}
}

// No more than n are under way, and none is taken from inputs for which there is no room.
func TestEachBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken, running, most atomic.Int64
		inputs := func(yield func(int) bool) {
			for i := range 20 {
				taken.Add(1)
				if !yield(i) {
					return
				}
			}
		}
		f := func(context.Context, int) (int, error) {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			return 0, nil
		}
		seen := int64(0)
		for range Each(t.Context(), 3, inputs, f) {
			seen++
			time.Sleep(10 * time.Second) // the loop is slow
			synctest.Wait()
			if got := taken.Load(); got > seen+3 {
				t.Fatalf("%d inputs taken when the loop has seen %d", got, seen)
			}
		}
		if seen != 20 || most.Load() != 3 {
			t.Errorf("%d results, %d at once", seen, most.Load())
		}
	})
}

// A result does not wait for an input that is slow to come.
func TestEachSlowInputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inputs := func(yield func(int) bool) {
			for i := range 3 {
				if !yield(i) {
					return
				}
				time.Sleep(time.Hour)
			}
		}
		begin := time.Now()
		for r := range Each(t.Context(), 8, inputs, later) {
			if want := time.Duration(r.In)*time.Hour + time.Duration(r.In)*time.Second; time.Since(begin) != want {
				t.Errorf("%d after %v, want %v", r.In, time.Since(begin), want)
			}
		}
	})
}

// When the loop is left, what runs is cancelled and waited for, and inputs is ended.
func TestEachBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, cancelled atomic.Int64
		ended := false
		inputs := func(yield func(int) bool) {
			defer func() { ended = true }()
			for i := 1; yield(i); i++ {
			}
		}
		f := func(ctx context.Context, i int) (string, error) {
			running.Add(1)
			defer running.Add(-1)
			s, err := later(ctx, i)
			if errors.Is(err, context.Canceled) {
				cancelled.Add(1)
				time.Sleep(time.Minute) // it takes its time
			}
			return s, err
		}
		for r, err := range Each(t.Context(), 4, inputs, f) {
			if err != nil { // the documented way to stop at the first error
				if r.In != 3 {
					t.Error(r, err)
				}
				break
			}
		}
		if running.Load() != 0 || cancelled.Load() < 3 || !ended {
			t.Errorf("%d running, %d cancelled, inputs ended: %v", running.Load(), cancelled.Load(), ended)
		}
		if t.Context().Err() != nil {
			t.Error("the caller's context is cancelled")
		}
	})
}

// When the context ends, no input is taken any more, every result is reported, and the loop
// hears that there may have been more.
func TestEachCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(2500*time.Millisecond, func() { cancel(cause) })
		taken := 0
		inputs := func(yield func(int) bool) {
			for taken++; yield(taken); taken++ {
			}
		}
		var got []string
		for r, err := range Each(ctx, 2, inputs, func(ctx context.Context, i int) (string, error) { return later(ctx, i+10) }) {
			got = append(got, fmt.Sprintf("%d %v", r.Index, err))
		}
		slices.Sort(got)
		if want := []string{"-1 context canceled: enough", "0 enough", "1 enough"}; !slices.Equal(got, want) || taken != 2 {
			t.Errorf("%q after %d inputs, want %q", got, taken, want)
		}
		// It has ended before anything began.
		n := 0
		for r, err := range Each(ctx, 2, inputs, later) {
			if n++; r.Index != -1 || !errors.Is(err, cause) || !errors.Is(err, context.Canceled) {
				t.Error(r, err)
			}
		}
		if n != 1 || taken != 2 {
			t.Error(n, taken)
		}
		// It ends when there is nothing more to be taken.
		ctx, cancel = context.WithCancelCause(t.Context())
		defer cancel(nil)
		for r, err := range Each(ctx, 2, slices.Values([]int{1}), later) {
			if cancel(cause); r.Index != 0 || err != nil {
				t.Error(r, err)
			}
		}
	})
	var none context.Context
	for r, err := range Each(none, 1, slices.Values([]int{1}), later) {
		if r.Index != -1 || err != errNilContext {
			t.Error(r, err)
		}
	}
}

// A panic, wherever it comes from, is one in the loop, when nothing runs any more.
func TestEachPanic(t *testing.T) {
	boom := errors.New("boom")
	numbers := slices.Values([]int{1, 2, 3, 4, 5, 6, 7, 8})
	broken := func(yield func(int) bool) {
		if yield(1) {
			panic(boom)
		}
	}
	for name, loop := range map[string]func(ctx context.Context, running *atomic.Int64){
		"f": func(ctx context.Context, running *atomic.Int64) {
			for range Each(ctx, 3, numbers, func(ctx context.Context, i int) (string, error) {
				running.Add(1)
				defer running.Add(-1)
				if i == 4 {
					panic(boom)
				}
				return later(ctx, i)
			}) {
			}
		},
		"inputs": func(ctx context.Context, running *atomic.Int64) {
			for range Each(ctx, 3, broken, func(ctx context.Context, i int) (string, error) {
				running.Add(1)
				defer running.Add(-1)
				return later(ctx, i)
			}) {
			}
		},
		"loop": func(ctx context.Context, running *atomic.Int64) {
			for range Each(ctx, 3, numbers, func(ctx context.Context, i int) (string, error) {
				running.Add(1)
				defer running.Add(-1)
				return later(ctx, i)
			}) {
				panic(boom)
			}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			var running atomic.Int64
			defer func() {
				err, _ := recover().(error)
				if !errors.Is(err, boom) || running.Load() != 0 {
					t.Errorf("%s: %v, %d running", name, err, running.Load())
				}
				if name != "loop" && !strings.Contains(err.Error(), "boom\n\n") && !strings.Contains(err.Error(), "each_test.go") {
					t.Errorf("%s: no stack: %v", name, err)
				}
			}()
			loop(t.Context(), &running)
			t.Errorf("%s: no panic", name)
		})
	}
}

// runtime.Goexit, which is how t.FailNow ends a test, ends the loop as well.
func TestEachGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan bool)
		go func() {
			defer close(over)
			for range Each(t.Context(), 2, slices.Values([]int{1, 2, 3}), func(ctx context.Context, i int) (string, error) {
				if i == 2 {
					new(testing.T).SkipNow()
				}
				return later(ctx, i)
			}) {
			}
			t.Error("the loop came to its end")
		}()
		<-over
	})
}

// Many loops at once, over one session.
func TestEachRace(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Query().Get("i")) })
	get := func(ctx context.Context, i int) (int, error) {
		return Decode[int](s.Get(ctx, "http://h/{?i}", URI{"i": i}))
	}
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			seen := 0
			for r, err := range Each(t.Context(), 1+g%5, slices.Values([]int{1, 2, 3, 4, 5, 6}), get) {
				if err != nil || r.Out != r.In || r.Index != r.In-1 {
					t.Error(r, err)
				}
				if seen++; g%7 == 0 && seen == 3 {
					break
				}
			}
		})
	}
	wg.Wait()
	if n := len(w.requests()); n < 64*3 {
		t.Error(n)
	}
}
