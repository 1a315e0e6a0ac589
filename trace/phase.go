// Package trace names the steps of an HTTP exchange and carries news of them.
//
// One vocabulary serves four uses: a [Phase] can be limited ([Limits]), timed
// ([Timings]), reported ([Event]) and blamed ([Error]). The words are those of the HAR
// format, so that what a program logs is what an inspector shows.
//
// A [Tracer] is told of every step while it happens. Without a tracer nothing is built,
// timed or allocated.
package trace

import "time"

// A Phase is one step in the life of an exchange, in the order in which they occur.
type Phase uint8

const (
	Blocked Phase = iota // waiting for a free connection
	DNS                  // looking the host's name up
	Connect              // opening the socket, all addresses together, and the proxy's tunnel if there is one
	TLS                  // one TLS handshake
	Send                 // writing the request; its limit is for one write that stalls
	Wait                 // from the end of the request to the first byte of the final response
	Receive              // reading the response; its limit is for one read that stalls, and for a head as a whole

	// NumPhases is how many phases there are.
	NumPhases = iota
)

var phaseNames = [NumPhases]string{"blocked", "dns", "connect", "tls", "send", "wait", "receive"}

// String returns the phase's name in lower case, as HAR spells it ("dns", "wait", …).
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "unknown"
}

// setting is what an error tells its reader to change.
var settings = [NumPhases]string{
	"Limits.Blocked", "Limits.DNS", "Limits.Connect", "Limits.TLS",
	"Limits.Send", "Limits.Wait", "Limits.Receive",
}

// Setting returns the name of the field that limits the phase, "Limits.Wait" for instance.
func (p Phase) Setting() string {
	if int(p) < len(settings) {
		return settings[p]
	}
	return ""
}

// Limits bounds the phases of each exchange.
//
// In each field 0 means the default, or what an outer level (a Session, a Transport) has
// set; a negative value means no limit. Send and Receive bound the silence of one write
// or one read, not a whole upload or download; but a response's head must be whole within
// Receive.
type Limits struct {
	Blocked time.Duration // 0: 30s
	DNS     time.Duration // 0: 10s
	Connect time.Duration // 0: 10s
	TLS     time.Duration // 0: 10s
	Send    time.Duration // 0: 30s
	Wait    time.Duration // 0: 60s
	Receive time.Duration // 0: 60s while a call reads the body itself, none on a stream
}

// defaultLimits are what a field that is 0 stands for.
var defaultLimits = [NumPhases]time.Duration{
	Blocked: 30 * time.Second,
	DNS:     10 * time.Second,
	Connect: 10 * time.Second,
	TLS:     10 * time.Second,
	Send:    30 * time.Second,
	Wait:    60 * time.Second,
	Receive: 60 * time.Second,
}

func (l *Limits) field(p Phase) *time.Duration {
	switch p {
	case Blocked:
		return &l.Blocked
	case DNS:
		return &l.DNS
	case Connect:
		return &l.Connect
	case TLS:
		return &l.TLS
	case Send:
		return &l.Send
	case Wait:
		return &l.Wait
	default:
		return &l.Receive
	}
}

// Of returns the limit that is in force for the phase: the default if the field is 0, and
// 0 if there is none.
func (l *Limits) Of(p Phase) time.Duration {
	switch d := *l.field(p); {
	case d > 0:
		return d
	case d < 0:
		return 0
	default:
		return defaultLimits[p]
	}
}

// Or returns l with each field that is 0 taken from outer.
func (l Limits) Or(outer Limits) Limits {
	for p := range Phase(NumPhases) {
		if f := l.field(p); *f == 0 {
			*f = *outer.field(p)
		}
	}
	return l
}

// Timings says how long the phases of one exchange took. A phase that did not occur is 0.
type Timings struct {
	Start                                           time.Time // when the exchange began
	Blocked, DNS, Connect, TLS, Send, Wait, Receive time.Duration
}

// Of returns how long the phase took.
func (t *Timings) Of(p Phase) time.Duration { return *t.field(p) }

// Add adds d to what the phase took.
func (t *Timings) Add(p Phase, d time.Duration) { *t.field(p) += d }

// Total returns the sum of all phases.
func (t *Timings) Total() time.Duration {
	return t.Blocked + t.DNS + t.Connect + t.TLS + t.Send + t.Wait + t.Receive
}

func (t *Timings) field(p Phase) *time.Duration {
	switch p {
	case Blocked:
		return &t.Blocked
	case DNS:
		return &t.DNS
	case Connect:
		return &t.Connect
	case TLS:
		return &t.TLS
	case Send:
		return &t.Send
	case Wait:
		return &t.Wait
	default:
		return &t.Receive
	}
}
