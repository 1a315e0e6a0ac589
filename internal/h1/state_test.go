package h1

// The table of states: the walks through it that occur, and that every other step is an
// error and changes nothing.

import (
	"slices"
	"strings"
	"testing"
)

// walk takes the steps and expects the two sides where they should be afterwards.
func walk(t *testing.T, client, server State, steps ...Event) *Machine {
	t.Helper()
	m := NewMachine()
	for _, e := range steps {
		if err := m.Step(e); err != nil {
			t.Fatalf("%v, at %v: %v", steps, e, err)
		}
	}
	if m.Client != client || m.Server != server {
		t.Fatalf("%v: the client is %v, the server %v; want %v, %v", steps, m.Client, m.Server, client, server)
	}
	return &m
}

func TestExchanges(t *testing.T) {
	for _, c := range []struct {
		name   string
		again  bool // the connection can carry another exchange
		client State
		server State
		steps  []Event
	}{
		{"nothing yet", false, Idle, Idle, nil},
		{"get", true, Over, Over, []Event{PutRequest, EndHeadOnly, GotHead, GotBody}},
		{"head", true, Over, Over, []Event{PutRequest, EndHeadOnly, GotHeadOnly}},
		{"post", true, Over, Over, []Event{PutRequest, EndHead, EndBody, GotHead, GotBody}},
		{"interim responses", true, Over, Over, []Event{PutRequest, EndHead, GotInterim, GotInterim, EndBody, GotInterim, GotHead, GotBody}},
		{"answered early", true, Over, Over, []Event{PutRequest, EndHead, GotHead, EndBody, GotBody}},
		{"answered in full, early", true, Over, Over, []Event{PutRequest, EndHead, GotHead, GotBody, EndBody}},
		{"answered without a body, early", true, Over, Over, []Event{PutRequest, EndHead, GotHeadOnly, EndBody}},
		{"half-way", false, InBody, Over, []Event{PutRequest, EndHead, GotHead, GotBody}},
		{"body not read", false, Over, InBody, []Event{PutRequest, EndHeadOnly, GotHead}},
		{"not answered", false, Over, Head, []Event{PutRequest, EndHeadOnly}},
		{"head not ended", false, Head, Head, []Event{PutRequest}},
		{"switch", false, Switched, Switched, []Event{PutRequest, EndHeadOnly, GotInterim, GotSwitch}},
		{"switch before the body has gone", false, Switched, Switched, []Event{PutRequest, EndHead, GotSwitch}},
		{"switch, then closed", false, Closed, Closed, []Event{PutRequest, EndHeadOnly, GotSwitch, SawClose}},
		{"closed while idle", false, Closed, Closed, []Event{SawClose}},
		{"closed while waiting", false, Closed, Closed, []Event{PutRequest, EndHeadOnly, SawClose}},
		{"closed twice", false, Closed, Closed, []Event{PutRequest, SawClose, SawClose}},
		{"body ended behind the close", false, Closed, Closed, []Event{PutRequest, EndHead, SawClose, EndBody}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := walk(t, c.client, c.server, c.steps...)
			if m.Next() != c.again {
				t.Errorf("Next() = %t", !c.again)
			}
			if c.again && (m.Client != Idle || m.Server != Idle) {
				t.Errorf("after Next: %v", m)
			}
			if !c.again && (m.Client != c.client || m.Server != c.server) {
				t.Errorf("Next refused, but went to %v", m)
			}
			// The last exchange stays the last.
			m = walk(t, c.client, c.server, c.steps...)
			m.Close = true
			if m.Next() || m.Client != c.client || m.Server != c.server || !m.Close {
				t.Errorf("Next went on from the last exchange: %v", m)
			}
		})
	}
}

func TestManyExchanges(t *testing.T) {
	m := NewMachine()
	for range 3 {
		for _, e := range []Event{PutRequest, EndHead, EndBody, GotInterim, GotHead, GotBody} {
			if err := m.Step(e); err != nil {
				t.Fatal(err)
			}
		}
		if !m.Next() {
			t.Fatalf("no next exchange: %v", &m)
		}
	}
}

func TestOutOfTurn(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []Event
		wrong []Event // each of them, not one after the other
	}{
		{"a response that nobody asked for", nil, []Event{GotInterim, GotHead, GotHeadOnly, GotBody, GotSwitch}},
		{"a request that was not begun", nil, []Event{EndHead, EndHeadOnly, EndBody}},
		{"a response ahead of the request's head", []Event{PutRequest}, []Event{GotInterim, GotHead, GotHeadOnly, GotBody, GotSwitch, Write, EndBody}},
		{"a field without a request", nil, []Event{PutHeader, Write}},
		{"a request in a request", []Event{PutRequest, PutHeader}, []Event{PutRequest}},
		{"a request in a request's body", []Event{PutRequest, EndHead, Write}, []Event{PutRequest, PutHeader, EndHead, EndHeadOnly}},
		{"a body behind a request without one", []Event{PutRequest, EndHeadOnly}, []Event{Write, EndBody, EndHead, PutHeader, PutRequest}},
		{"a body behind its end", []Event{PutRequest, EndHead, EndBody}, []Event{Write, EndBody}},
		{"a request ahead of the response", []Event{PutRequest, EndHeadOnly}, []Event{PutRequest}},
		{"a request in a response", []Event{PutRequest, EndHeadOnly, GotHead}, []Event{PutRequest}},
		{"a head in a response", []Event{PutRequest, EndHeadOnly, GotHead}, []Event{GotHead, GotHeadOnly, GotInterim, GotSwitch}},
		{"a body without a head", []Event{PutRequest, EndHeadOnly}, []Event{GotBody}},
		{"a second response", []Event{PutRequest, EndHeadOnly, GotHeadOnly}, []Event{GotInterim, GotHead, GotHeadOnly, GotBody, GotSwitch}},
		{"a second response, early", []Event{PutRequest, EndHead, GotHead, GotBody}, []Event{GotInterim, GotHead, GotHeadOnly, GotBody, GotSwitch}},
		{"a request without Next", []Event{PutRequest, EndHeadOnly, GotHeadOnly}, []Event{PutRequest}},
		{"HTTP after a switch", []Event{PutRequest, EndHeadOnly, GotSwitch}, []Event{PutRequest, EndHead, EndHeadOnly, EndBody, GotInterim, GotHead, GotHeadOnly, GotBody, GotSwitch}},
		{"a request on a closed connection", []Event{SawClose}, []Event{PutRequest, EndHead, EndHeadOnly, GotInterim, GotHead, GotHeadOnly, GotBody, GotSwitch}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewMachine()
			for _, e := range c.steps {
				if err := m.Step(e); err != nil {
					t.Fatal(err)
				}
			}
			for _, e := range c.wrong {
				before := m
				err := m.Step(e)
				state, ok := err.(*StateError)
				if !ok || state.Step != e.String() || state.State != before.String() || state.Expected == "" {
					t.Errorf("%v: %#v", e, err)
				}
				if m != before {
					t.Errorf("%v was refused, but moved the machine to %v", e, &m)
				}
			}
		})
	}
}

// Every pair of states and every event: there is a step for both sides, or there is a
// StateError and nothing has moved. No step leads back to idle: only Next does.
func TestTable(t *testing.T) {
	if len(stateNames) != int(Closed)+1 || len(eventNames) != int(numEvents) {
		t.Fatalf("%d names for %d states, %d names for %d events", len(stateNames), Closed+1, len(eventNames), numEvents)
	}
	for client := State(0); client <= Closed; client++ {
		for server := State(0); server <= Closed; server++ {
			for e := range numEvents {
				m := Machine{Client: client, Server: server}
				nextClient, nextServer := clientSteps[client][e], serverSteps[server][e]
				err := m.Step(e)
				if nextClient == 0 || nextServer == 0 {
					if state, ok := err.(*StateError); !ok || state.Step != e.String() || state.State == "" {
						t.Errorf("%v, %v, %v: %v", client, server, e, err)
					}
					nextClient, nextServer = client, server
				} else if err != nil {
					t.Errorf("%v, %v, %v: %v", client, server, e, err)
				} else if nextClient == Idle || nextServer == Idle {
					t.Errorf("%v, %v, %v leads to idle", client, server, e)
				}
				if m.Client != nextClient || m.Server != nextServer {
					t.Errorf("%v, %v, %v leads to %v, %v", client, server, e, m.Client, m.Server)
				}
			}
			m := Machine{Client: client, Server: server}
			if next := m.Next(); next != (client == Over && server == Over) {
				t.Errorf("%v, %v: Next() = %t", client, server, next)
			}
		}
	}
}

// Where the steps lead, from the beginning. One side is idle, switched or closed only when
// the other is.
func TestReachable(t *testing.T) {
	seen := []Machine{NewMachine()}
	for i := 0; i < len(seen); i++ {
		for e := range numEvents {
			m := seen[i]
			if m.Step(e) == nil && !slices.Contains(seen, m) {
				seen = append(seen, m)
			}
		}
	}
	for _, m := range seen {
		for _, s := range []State{Idle, Switched, Closed} {
			if (m.Client == s) != (m.Server == s) {
				t.Errorf("%v", &m)
			}
		}
		if m.Client == Head && m.Server != Head {
			t.Errorf("the server is ahead: %v", &m)
		}
		probe := m
		if probe.Step(SawClose) != nil || probe.Client != Closed || probe.Server != Closed {
			t.Errorf("closing leads from %v to %v", &m, &probe)
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d states are within reach, want 10: %v", len(seen), seen)
	}
}

// What an error says is expected is what the table has.
func TestExpected(t *testing.T) {
	for _, c := range []struct {
		want  string
		steps []Event
	}{
		{"Request or PutRequest", nil},
		{"PutHeader or EndHeaders", []Event{PutRequest}},
		{"Write or EndBody", []Event{PutRequest, EndHead}},
		{"Write or EndBody", []Event{PutRequest, EndHead, GotHead}},
		{"Response", []Event{PutRequest, EndHead, EndBody}},
		{"Response", []Event{PutRequest, EndHeadOnly, GotInterim}},
		{"the response's body to be read to its end, or closed", []Event{PutRequest, EndHeadOnly, GotHead}},
		{"the stream to be used", []Event{PutRequest, EndHeadOnly, GotSwitch}},
		{"nothing, for it is closed", []Event{SawClose}},
		{"nothing, for it is closed", []Event{PutRequest, EndHead, SawClose}},
		{"nothing, for it is closed", []Event{PutRequest, EndHeadOnly, GotHeadOnly}}, // the last exchange, without Next
	} {
		m := NewMachine()
		for _, e := range c.steps {
			if err := m.Step(e); err != nil {
				t.Fatal(err)
			}
		}
		if got := m.OutOfTurn("Hop"); *got != (StateError{"Hop", m.String(), c.want}) {
			t.Errorf("%v: %+v, want %q", c.steps, got, c.want)
		}
	}
}

func TestMachineOfNoUse(t *testing.T) {
	var m Machine
	for e := range numEvents {
		if _, ok := m.Step(e).(*StateError); !ok {
			t.Errorf("a zero Machine takes %v", e)
		}
	}
	if m.Next() {
		t.Error("a zero Machine has a next exchange")
	}
}

func TestMachineString(t *testing.T) {
	m := NewMachine()
	if got := m.String(); got != "the connection is idle" {
		t.Error(got)
	}
	m = *walk(t, InBody, Over, PutRequest, EndHead, GotHeadOnly)
	if got := m.String(); got != "the request is in its body, the response is done" {
		t.Error(got)
	}
	err := m.Step(PutRequest)
	if got := err.Error(); !strings.HasPrefix(got, "PutRequest out of turn: ") || !strings.HasSuffix(got, m.String()+"; expected Write or EndBody") {
		t.Error(got)
	}
}
