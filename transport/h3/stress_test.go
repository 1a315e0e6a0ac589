package h3_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/godwit/transport"
)

// Many at once, some of whom give up at any time, with a server that does all kinds of things. What
// arrives is right, and nothing is left of it.
func TestStress(t *testing.T) {
	var served atomic.Int64
	b := startBoth(t, func(w http.ResponseWriter, r *http.Request) {
		says(w, port(r), "")
		if served.Add(1)%17 == 0 {
			panic(http.ErrAbortHandler)
		}
		io.Copy(w, r.Body)
	})
	tr := b.transport(t)
	tr.MaxIdleConns = 2
	get(t, tr, b.URL)
	var all sync.WaitGroup
	var whole, over3 atomic.Int64
	for i := range 64 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 1))
			for j := range 8 {
				ctx, cancel := context.WithCancel(t.Context())
				if random.IntN(3) == 0 {
					time.AfterFunc(time.Duration(random.IntN(3000))*time.Microsecond, cancel)
				}
				want := strings.Repeat(fmt.Sprintf("%d, %d; ", i, j), random.IntN(5000))
				req := request(t, "PUT", b.URL, strings.NewReader(want)).WithContext(ctx)
				if random.IntN(4) == 0 {
					req = request(t, "POST", b.URL, io.MultiReader(strings.NewReader(want))).WithContext(ctx)
				}
				res, err := tr.RoundTrip(req)
				if err == nil {
					var got []byte
					if random.IntN(5) > 0 {
						if got, err = io.ReadAll(res.Body); err == nil {
							if string(got) != want {
								t.Errorf("%d bytes in place of %d", len(got), len(want))
							}
							whole.Add(1)
							if res.ProtoMajor == 3 {
								over3.Add(1)
							}
						} else if !bytes.HasPrefix([]byte(want), got) {
							t.Error("wrong bytes")
						}
					}
					res.Body.Close()
				}
				if random.IntN(200) == 0 {
					tr.CloseIdleConnections()
				}
				cancel()
			}
		})
	}
	all.Wait()
	t.Logf("%d whole responses, %d of them over HTTP/3", whole.Load(), over3.Load())
	if whole.Load() == 0 || over3.Load() == 0 {
		t.Error("too few")
	}
	for range 2000 {
		tr.CloseIdleConnections()
		if tr.Stats() == (transport.Stats{}) {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Errorf("left behind: %+v", tr.Stats())
}
