package h1

import "strings"

// The life of a connection, as one table.
//
// An exchange has two sides, which move on their own: the client's message (what we write)
// and the server's (what we read). Each is idle, then in its head, in its body, and done;
// when both are done, and neither wants the connection closed, both are idle again. The
// server may answer before the client is done, but never before the client has begun: what
// comes then is no response to anything, and the connection is spoilt.
//
// A step that has no entry in the table is out of turn, and nothing but an error.

// A State is where one side of a connection stands.
type State uint8

const (
	Idle     State = iota + 1 // nothing is under way
	Head                      // the client: its request line is put. The server: it is to answer
	InBody                    // the head is over, the body is not
	Over                      // the message is over
	Switched                  // the bytes are not HTTP any more (101, CONNECT)
	Closed                    // nothing can follow
)

var stateNames = [...]string{"unset", "idle", "in its head", "in its body", "done", "switched", "closed"}

func (s State) String() string { return stateNames[s] }

// An Event is a step that one side takes.
type Event uint8

const (
	PutRequest  Event = iota // the client begins a request
	PutHeader                // the client adds a field
	EndHead                  // the client ends its head; a body follows
	EndHeadOnly              // the client ends its head; no body follows
	Write                    // the client sends some of its body
	EndBody                  // the client ends its body
	GotInterim               // a 1xx came in whole
	GotHead                  // the final head came; a body follows
	GotHeadOnly              // the final head came; no body follows
	GotBody                  // the response's body came to its end
	GotSwitch                // the final head ends HTTP on this connection
	SawClose                 // either side broke off, or gave up
	numEvents
)

var eventNames = [...]string{
	"PutRequest", "PutHeader", "EndHeaders", "EndHeaders without a body", "Write", "EndBody", "GotInterim",
	"GotHead", "GotHeadOnly", "GotBody", "GotSwitch", "SawClose",
}

func (e Event) String() string { return eventNames[e] }

// clientSteps and serverSteps say what an event makes of the state of a side; 0 means that
// it must not occur.
var clientSteps = [Closed + 1][numEvents]State{
	Idle:     {PutRequest: Head, SawClose: Closed},
	Head:     {PutHeader: Head, EndHead: InBody, EndHeadOnly: Over, SawClose: Closed},
	InBody:   {Write: InBody, EndBody: Over, GotInterim: InBody, GotHead: InBody, GotHeadOnly: InBody, GotBody: InBody, GotSwitch: Switched, SawClose: Closed},
	Over:     {GotInterim: Over, GotHead: Over, GotHeadOnly: Over, GotBody: Over, GotSwitch: Switched, SawClose: Closed},
	Switched: {SawClose: Closed},
	Closed:   {EndBody: Closed, GotInterim: Closed, GotHead: Closed, GotHeadOnly: Closed, GotBody: Closed, SawClose: Closed},
}

var serverSteps = [Closed + 1][numEvents]State{
	Idle:     {PutRequest: Head, SawClose: Closed},
	Head:     {PutHeader: Head, EndHead: Head, EndHeadOnly: Head, Write: Head, EndBody: Head, GotInterim: Head, GotHead: InBody, GotHeadOnly: Over, GotSwitch: Switched, SawClose: Closed},
	InBody:   {Write: InBody, EndBody: InBody, GotBody: Over, SawClose: Closed},
	Over:     {Write: Over, EndBody: Over, SawClose: Closed},
	Switched: {SawClose: Closed},
	Closed:   {EndBody: Closed, SawClose: Closed},
}

// A Machine keeps the two sides of a connection in step. Its zero value is not of use: see
// NewMachine.
type Machine struct {
	Client, Server State
	// Close is set once either side has said that this exchange is the connection's last.
	Close bool
}

// NewMachine returns a machine with both sides idle.
func NewMachine() Machine { return Machine{Client: Idle, Server: Idle} }

// Step moves both sides on, or neither: an event that is out of turn is a [StateError].
func (m *Machine) Step(e Event) error {
	client, server := clientSteps[m.Client][e], serverSteps[m.Server][e]
	if client == 0 || server == 0 {
		return m.OutOfTurn(e.String())
	}
	m.Client, m.Server = client, server
	return nil
}

// OutOfTurn returns the error of a step that has no place where the machine stands.
func (m *Machine) OutOfTurn(step string) *StateError {
	return &StateError{Step: step, State: m.String(), Expected: m.expected()}
}

// expected says in words which steps the table has for the client.
func (m *Machine) expected() string {
	switch {
	case m.Client == Idle:
		return "Request or PutRequest"
	case m.Client == Over && m.Server == Head:
		return "Response"
	case m.Client == Over && m.Server == InBody:
		return "the response's body to be read to its end, or closed"
	case m.Client == Switched:
		return "the stream to be used"
	}
	var steps []string
	for e := PutRequest; e <= EndBody; e++ {
		if e != EndHeadOnly && clientSteps[m.Client][e] != 0 && serverSteps[m.Server][e] != 0 {
			steps = append(steps, e.String())
		}
	}
	if len(steps) == 0 || m.Client == Closed {
		return "nothing, for it is closed"
	}
	return strings.Join(steps, " or ")
}

// Next readies the machine for another exchange, if this one is over on both sides and
// nobody wanted it to be the last. It reports whether it did.
func (m *Machine) Next() bool {
	if m.Client != Over || m.Server != Over || m.Close {
		return false
	}
	m.Client, m.Server = Idle, Idle
	return true
}

// String tells where both sides stand.
func (m *Machine) String() string {
	if m.Client == m.Server {
		return "the connection is " + m.Client.String()
	}
	return "the request is " + m.Client.String() + ", the response is " + m.Server.String()
}
