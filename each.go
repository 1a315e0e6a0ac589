// Each: one function for many inputs, a few at a time.

package godwit

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"

	"example.com/godwit/trace"
)

// A Result is what one call of [Each]'s function came to.
type Result[In, Out any] struct {
	Index int // of the input, from 0
	In    In
	Out   Out // what f returned beside its error
}

// Each calls f for every value of inputs, n at a time, and yields each result as soon as it
// is there, with the error that f returned. n below 1 means 1.
//
//	get := func(ctx context.Context, id int) (User, error) {
//		return godwit.Decode[User](api.Get(ctx, "/users/{id}", godwit.URI{"id": id}))
//	}
//	for r, err := range godwit.Each(ctx, 8, slices.Values(ids), get) {
//		…
//	}
//
// An error ends nothing: the loop sees every result. To stop at the first one, break. Then,
// as whenever the loop ends early, the context that f has got is cancelled, and Each waits
// for what is still running, whose results nobody gets.
//
// An input is taken when there is room for it, so that no more than n are under way, those
// included whose results the loop has not come to. When ctx ends no further one is taken; if
// there may have been more, the last thing that the loop gets is a Result with the Index -1
// and the error of ctx. A panic in f or in inputs is one in the loop, with the stack that it
// had in its text.
//
// f and inputs run beside the loop. Each waits for inputs to return, so a sequence that waits
// for something ought to end with ctx.
func Each[In, Out any](ctx context.Context, n int, inputs iter.Seq[In], f func(context.Context, In) (Out, error)) iter.Seq2[Result[In, Out], error] {
	return func(yield func(Result[In, Out], error) bool) {
		if ctx == nil {
			yield(Result[In, Out]{Index: -1}, errNilContext)
			return
		}
		within, cancel := context.WithCancel(ctx)
		e := &each[In, Out]{f: f, room: make(chan struct{}, max(n, 1)), results: make(chan eachResult[In, Out])}
		go e.run(within, inputs) // ends with inputs and all f, by closing results
		defer e.end(cancel)
		for r := range e.results {
			r.fault.raise()
			if !yield(r.Result, r.err) {
				return
			}
		}
		if e.more {
			yield(Result[In, Out]{Index: -1}, trace.Ended(ctx))
		}
	}
}

// each is one loop over what Each returns.
type each[In, Out any] struct {
	f       func(context.Context, In) (Out, error)
	room    chan struct{} // holds one for each input that is under way
	results chan eachResult[In, Out]
	more    bool // ctx ended before inputs did; to be read when results is closed
}

type eachResult[In, Out any] struct {
	Result[In, Out]
	err   error
	fault fault
}

// run takes the inputs and has f called for each.
func (e *each[In, Out]) run(ctx context.Context, inputs iter.Seq[In]) {
	var calls sync.WaitGroup
	broken := fault{happened: true}
	defer func() {
		if broken.happened {
			broken.note(recover())
			e.results <- eachResult[In, Out]{fault: broken}
		}
		calls.Wait()
		close(e.results)
	}()
	next := 0
	if e.more = !e.makeRoom(ctx); !e.more {
		for in := range inputs {
			calls.Add(1)
			go e.call(ctx, next, in, &calls) // ends with f, when its result has been taken
			next++
			if e.more = !e.makeRoom(ctx); e.more {
				break
			}
		}
	}
	broken.happened = false
}

// makeRoom waits until a further input may be under way, and reports false if there is to be
// none.
func (e *each[In, Out]) makeRoom(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case e.room <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// call calls f and hands over what came of it.
func (e *each[In, Out]) call(ctx context.Context, index int, in In, calls *sync.WaitGroup) {
	r := eachResult[In, Out]{Result: Result[In, Out]{Index: index, In: in}, fault: fault{happened: true}}
	defer func() {
		if r.fault.happened {
			r.fault.note(recover())
		}
		e.results <- r
		<-e.room
		calls.Done()
	}()
	r.Out, r.err = e.f(ctx, in)
	r.fault.happened = false
}

// end waits until nothing is running any more.
func (e *each[In, Out]) end(cancel context.CancelFunc) {
	cancel()
	for range e.results {
	}
}

// A fault is how a function ended that did not return: by a panic, or by runtime.Goexit, as
// t.FailNow does it.
type fault struct {
	happened bool
	value    any // nil: runtime.Goexit
	stack    []byte
}

// note notes what recover has returned.
func (f *fault) note(value any) {
	if f.value = value; value != nil {
		f.stack = debug.Stack()
	}
}

// raise does again what happened.
func (f *fault) raise() {
	switch {
	case !f.happened:
	case f.value == nil:
		runtime.Goexit()
	default:
		panic(&panicError{f.value, f.stack})
	}
}

// A panicError is what a panic in another goroutine panics with again.
type panicError struct {
	value any
	stack []byte
}

// Error returns the value and the stack of the first panic.
func (e *panicError) Error() string { return fmt.Sprintf("%v\n\n%s", e.value, e.stack) }

// Unwrap returns the value, if that is an error.
func (e *panicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}
