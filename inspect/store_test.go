package inspect

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

// tell tells a store of events.
func (s *store) tell(b bounds, events ...trace.Event) {
	for _, ev := range events {
		s.note(ev, b)
	}
}

var roomy = bounds{body: 1 << 20, all: 1 << 30}

// What an event holds of memory that is not its own is copied.
func TestCopies(t *testing.T) {
	var s store
	p, fields := []byte("sent"), trace.Fields{{Name: "A", Value: "b"}}
	s.tell(roomy, trace.RequestHead{Exchange: 1, Fields: fields}, trace.Data{Exchange: 1, Up: true, P: p})
	copy(p, "gone")
	fields[0].Value = "gone"
	all, _ := s.snapshot()
	if x := all[0]; string(x.sent.kept) != "sent" || x.request.Fields.Get("a") != "b" {
		t.Errorf("%+v", x)
	}
	s.tell(roomy, trace.Data{Exchange: 1, Up: true, P: []byte(" more")})
	if x := all[0]; string(x.sent.kept) != "sent" || x.sent.size != 4 {
		t.Error("a snapshot has changed")
	}
}

// A body is kept up to its bound, and counted beyond.
func TestBodyBound(t *testing.T) {
	var s store
	b := bounds{body: 10, all: 1 << 30}
	s.tell(b, trace.RequestHead{Exchange: 1}, trace.ResponseHead{Exchange: 1, Status: 200})
	for range 5 {
		s.tell(b, trace.Data{Exchange: 1, P: []byte("four")})
	}
	all, _ := s.snapshot()
	if x := all[0].received; string(x.kept) != "fourfourfo" || x.size != 20 || !x.capped {
		t.Errorf("%+v", x)
	}
}

// Past the bound for all, bodies are given up first, then entries, the oldest first; what is
// counted is what is held.
func TestBoundForAll(t *testing.T) {
	var s store
	b := bounds{body: 1 << 20, all: 100 << 10}
	piece := bytes.Repeat([]byte("x"), 30<<10)
	for id := uint64(1); id <= 10; id++ {
		s.tell(b, trace.RequestHead{Exchange: id}, trace.ResponseHead{Exchange: id, Status: 200}, trace.Data{Exchange: id, P: piece}, trace.Done{Exchange: id})
	}
	all, dropped := s.snapshot()
	if len(all) != 10 || dropped != 0 {
		t.Fatalf("%d, %d dropped", len(all), dropped)
	}
	kept := 0
	for i, x := range all {
		if x.received.size != int64(len(piece)) {
			t.Errorf("entry %d: %d bytes counted", i, x.received.size)
		}
		if len(x.received.kept) > 0 {
			kept++
			if i < 7 {
				t.Errorf("the body of entry %d is kept", i)
			}
		} else if !x.received.capped {
			t.Errorf("entry %d does not say that its body is missing", i)
		}
	}
	if kept != 2 && kept != 3 {
		t.Errorf("%d bodies are kept", kept)
	}
	for id := uint64(11); id <= 500; id++ {
		s.tell(b, trace.RequestHead{Exchange: id, Fields: trace.Fields{{Name: "A", Value: strings.Repeat("x", 1000)}}}, trace.Done{Exchange: id})
	}
	all, dropped = s.snapshot()
	if len(all)+dropped != 500 || dropped == 0 || all[len(all)-1].id != 500 || len(s.byID) != len(all) {
		t.Errorf("%d kept, %d dropped, the last is %d, %d by number", len(all), dropped, all[len(all)-1].id, len(s.byID))
	}
	var held int64
	for _, x := range s.all {
		held += int64(x.weight())
	}
	if held != s.bytes || held > b.all {
		t.Errorf("%d bytes are held, %d counted, of %d", held, s.bytes, b.all)
	}
}

// A stream without end costs what its bound allows, also when its body has been given up.
func TestGivenUpWhileItComes(t *testing.T) {
	var s store
	b := bounds{body: 1 << 20, all: 10 << 10}
	s.tell(b, trace.RequestHead{Exchange: 1}, trace.ResponseHead{Exchange: 1, Status: 200})
	for range 100 {
		s.tell(b, trace.Data{Exchange: 1, P: bytes.Repeat([]byte("x"), 1000)})
	}
	all, _ := s.snapshot()
	if len(all) != 1 || all[0].received.size != 100_000 || !all[0].received.capped || s.bytes > b.all {
		t.Errorf("%d entries, %d bytes held", len(all), s.bytes)
	}
}

// Calls that never end are not remembered without end.
func TestCallsBound(t *testing.T) {
	var s store
	for id := uint64(1); id <= 2*maxCalls; id++ {
		s.tell(roomy, trace.CallStart{Call: id})
	}
	if len(s.calls) != maxCalls || s.calls[1] != nil || s.calls[2*maxCalls] == nil {
		t.Errorf("%d calls", len(s.calls))
	}
}

// A request that was not sent is what its call says, behind redirects too.
func TestNotSent(t *testing.T) {
	var s store
	s.tell(roomy,
		trace.CallStart{Call: 7, Method: "POST", Origin: "http://h:80", Path: "/a"},
		trace.PhaseStart{Exchange: 1, Phase: trace.DNS}, trace.PhaseDone{Exchange: 1, Phase: trace.DNS},
		trace.Done{Exchange: 1, Call: 7, Err: fmt.Errorf("no")},
		trace.Choice{Call: 7, What: "redirect", Value: "GET http://g/b?c=d"},
		trace.Done{Exchange: 2, Call: 7, Err: fmt.Errorf("no")},
		trace.CallDone{Call: 7},
		trace.Done{Exchange: 3, Call: 7},
		trace.PhaseStart{Exchange: 4, Phase: trace.DNS},
	)
	all, _ := s.snapshot()
	if len(all) != 3 || all[0].method != "POST" || all[0].url != "http://h:80/a" || all[1].method != "GET" || all[1].url != "http://g/b?c=d" {
		t.Errorf("%+v", all)
	}
	if s.calls[7] != nil {
		t.Error("a call that is over is remembered")
	}
}

// Decoded content goes to the exchange that it is of, be it over.
func TestContent(t *testing.T) {
	var s store
	s.tell(roomy,
		trace.CallStart{Call: 7},
		trace.RequestHead{Exchange: 1, Call: 7}, trace.ResponseHead{Exchange: 1, Status: 302},
		trace.RequestHead{Exchange: 2, Call: 7}, trace.ResponseHead{Exchange: 2, Status: 103}, trace.ResponseHead{Exchange: 2, Status: 200},
		trace.Done{Exchange: 2, Call: 7},
		trace.Content{Call: 7, P: []byte("plain")},
		trace.RequestHead{Exchange: 3}, trace.ResponseHead{Exchange: 3, Status: 200}, trace.Done{Exchange: 3},
		trace.Content{Exchange: 3, P: []byte("of the transport")},
		trace.Content{Call: 99, P: []byte("of nobody")}, trace.Content{Exchange: 99, P: []byte("of nobody")},
	)
	all, _ := s.snapshot()
	if string(all[1].content.kept) != "plain" || string(all[2].content.kept) != "of the transport" || all[0].content.size != 0 || len(all[1].interim) != 1 {
		t.Errorf("%+v", all)
	}
}

// Events that are out of step, or of what has been forgotten, do no harm.
func TestStrangeEvents(t *testing.T) {
	var s store
	s.tell(roomy,
		trace.PhaseDone{Exchange: 1, Phase: trace.TLS}, trace.Done{Exchange: 1}, trace.Done{Exchange: 1},
		trace.ResponseHead{Exchange: 2}, trace.Trailer{Exchange: 2, Fields: trace.Fields{{Name: "A"}}}, trace.Tunnel{Exchange: 2},
		trace.Warning{}, trace.Attempt{}, trace.CallDone{Call: 3}, trace.Choice{Call: 3, What: "redirect", Value: "nonsense"},
	)
	for range 2 * maxSpans {
		s.tell(roomy, trace.PhaseStart{Exchange: 5, Phase: trace.DNS})
	}
	s.reset()
	s.tell(roomy, trace.Data{Exchange: 5, P: []byte("late")})
	if all, _ := s.snapshot(); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}
