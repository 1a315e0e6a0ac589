package inspect_test

import (
	"context"
	"testing"

	"example.com/godwit/inspect"
	"example.com/godwit/trace"
)

// What one exchange costs that is collected: its events, and a body of 1 KiB.
func BenchmarkHAR(b *testing.B) {
	har := &inspect.HAR{MaxBytes: 16 << 20}
	ctx := context.Background()
	fields := trace.Fields{{Name: "Host", Value: "example.com"}, {Name: "User-Agent", Value: "godwit"}, {Name: "Accept", Value: "*/*"}, {Name: "Date", Value: "Mon, 30 Nov 2026 06:28:10 GMT"}}
	body := make([]byte, 1<<10)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := trace.NextID()
			har.Trace(ctx, trace.PhaseStart{Exchange: id, Phase: trace.Send})
			har.Trace(ctx, trace.RequestHead{Exchange: id, Method: "GET", URL: "http://example.com/", Proto: "HTTP/1.1", Fields: fields})
			har.Trace(ctx, trace.PhaseDone{Exchange: id, Phase: trace.Send})
			har.Trace(ctx, trace.PhaseStart{Exchange: id, Phase: trace.Wait})
			har.Trace(ctx, trace.PhaseDone{Exchange: id, Phase: trace.Wait})
			har.Trace(ctx, trace.PhaseStart{Exchange: id, Phase: trace.Receive})
			har.Trace(ctx, trace.ResponseHead{Exchange: id, Proto: "HTTP/1.1", Status: 200, Fields: fields})
			har.Trace(ctx, trace.Data{Exchange: id, P: body})
			har.Trace(ctx, trace.PhaseDone{Exchange: id, Phase: trace.Receive})
			har.Trace(ctx, trace.Done{Exchange: id})
		}
	})
}
