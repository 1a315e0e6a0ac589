package curl

// Transfers: which there are, and what becomes of one.

import (
	"context"
	"sync"
	"time"

	"example.com/godwit/trace"
)

// A transfer is one URL with its globs chosen.
type transfer struct {
	c      *config
	cl     *client
	jar    *jar
	target *target
	url    string // as it was typed, but for the globs
	chosen []string
	number int
}

// transferAll does what the configs say.
func (r *runner) transferAll(ctx context.Context, configs []*config) error {
	var err error
	if r.global.parallel {
		err = r.inParallel(ctx, configs)
	} else {
		err = r.inTurn(ctx, configs)
	}
	for _, c := range configs {
		if jerr := r.saveJar(c); err == nil {
			err = jerr
		}
	}
	return err
}

// each calls f for each transfer, up to the first that f does not want to go on after.
func (r *runner) each(ctx context.Context, configs []*config, f func(*transfer) bool) error {
	number := 0
	for _, c := range configs {
		cl, err := r.newClient(ctx, c)
		if err != nil {
			return err
		}
		jar, err := r.openJar(c)
		if err != nil {
			return err
		}
		for i := range c.targets {
			t := &c.targets[i]
			if t.url == "" {
				r.warn("Got more output options than URLs")
				continue
			}
			uploads, err := c.globOf(t.upload)
			if err != nil {
				return err
			}
			urls, err := c.globOf(t.url)
			if err != nil {
				return err
			}
			for file := range uploads.all() {
				one := *t
				one.upload = file
				for url, chosen := range urls.all() {
					if !f(&transfer{c, cl, jar, &one, url, chosen, number}) {
						return nil
					}
					number++
				}
			}
		}
	}
	return nil
}

// globOf returns what a text stands for, which is itself with --globoff.
func (c *config) globOf(text string) (*glob, error) {
	if c.globOff {
		return &glob{count: 1, parts: []globPart{{set: []string{text}, fixed: true}}}, nil
	}
	return parseGlob(text)
}

// inTurn does one transfer after the other. The last one's end is that of the run.
func (r *runner) inTurn(ctx context.Context, configs []*config) error {
	var last error
	var began time.Time
	err := r.each(ctx, configs, func(t *transfer) bool {
		if wait := r.global.rate - r.env.Now().Sub(began); !began.IsZero() && wait > 0 {
			if last = pause(ctx, wait); last != nil {
				return false
			}
		}
		began = r.env.Now()
		last = r.transfer(ctx, t)
		return ctx.Err() == nil && (last == nil || !r.global.failEarly)
	})
	if err != nil {
		return err
	}
	return last
}

// inParallel does several at once. The first failure is the run's.
func (r *runner) inParallel(ctx context.Context, configs []*config) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r.out() // before they are several
	var all sync.WaitGroup
	var mu sync.Mutex // guards first
	var first error
	places := make(chan struct{}, r.global.parallelMax)
	err := r.each(ctx, configs, func(t *transfer) bool {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return false
		}
		all.Go(func() { // each ends with its transfer, which ctx ends
			defer func() { <-places }()
			err := r.transfer(ctx, t)
			mu.Lock()
			defer mu.Unlock()
			if err != nil && first == nil {
				if first = err; r.global.failEarly {
					stop()
				}
			}
		})
		return true
	})
	all.Wait()
	switch {
	case err != nil:
		return err
	case first == nil:
		return ctx.Err() // somebody's, before all had begun
	}
	return first
}

// transfer does one, as often as --retry says, reports it and returns how it has ended.
func (r *runner) transfer(ctx context.Context, t *transfer) error {
	res := &result{c: t.c, url: t.url, number: t.number, began: r.env.Now(), rec: &recorder{}, sink: &sink{}}
	err := r.attempts(ctx, t, res)
	res.total = r.env.Now().Sub(res.began)
	if err != nil {
		res.failed = failureOf(err)
		if ctx.Err() == nil {
			r.report(res.failed)
		}
	}
	if werr := r.writeOut(res); err == nil && werr != nil {
		return werr
	}
	if err != nil {
		return &toldError{res.failed.code}
	}
	return nil
}

// pause waits, but for no longer than the context lives.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

var _ trace.Tracer = (*recorder)(nil)
