package curl

// -v and --trace: what goes on, told while it does, in curl's layout.

import (
	"crypto/tls"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"example.com/godwit/internal/cli/term"
	"example.com/godwit/trace"
)

// A teller tells what goes on.
type teller struct {
	r     *runner
	w     io.Writer
	full  bool // --trace: bodies too
	ascii bool // not in hexadecimal

	mu   sync.Mutex // guards the following
	seen map[uint64]bool
	host map[uint64]string // of exchanges
	conn map[uint64]trace.Conn
}

// theTeller returns who tells, nil if nobody wants to know.
func (r *runner) theTeller() (*teller, error) {
	r.tellsMu.Lock()
	defer r.tellsMu.Unlock()
	g := r.global
	if r.tells != nil || g.trace == "" && !g.verbose {
		return r.tells, nil
	}
	t := &teller{r: r, w: r.stderr}
	if r.tells = t; g.trace == "" {
		return t, nil
	}
	t.full, t.ascii = true, g.traceASCII
	switch g.trace {
	case "-":
		t.w = r.out()
	case "%":
		t.w = r.stderr
	default:
		f, err := r.create(g.trace)
		if err != nil {
			return nil, err
		}
		t.w = f
	}
	return t, nil
}

// event tells one.
func (t *teller) event(ev trace.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch ev := ev.(type) {
	case trace.PhaseStart:
		if ev.Phase == trace.Connect && ev.Addr != "" {
			t.info("  Trying " + ev.Addr + "...")
		}
	case trace.PhaseDone:
		if ev.Phase == trace.Connect && ev.Err != nil {
			t.info(fmt.Sprintf("connect to %s failed: %v", ev.Addr, ev.Err))
		}
	case trace.Tunnel:
		t.info(fmt.Sprintf("CONNECT tunnel to %s: response %d", ev.Target, ev.Status))
	case trace.RequestHead:
		t.connection(&ev)
		t.part('>', "=> Send header", []byte(requestText(&ev)))
	case trace.ResponseHead:
		h := head{ev.Proto, ev.Reason, ev.Status, ev.Fields, false}
		t.part('<', "<= Recv header", []byte(h.text()))
	case trace.Data:
		if ev.Up {
			t.part('}', "=> Send data", ev.P)
		} else {
			t.part('{', "<= Recv data", ev.P)
		}
	case trace.Done:
		t.over(&ev)
	case trace.Choice:
		if ev.What == "redirect" {
			t.info("Issue another request to this URL: '" + strings.TrimSpace(ev.Value[strings.IndexByte(ev.Value, ' ')+1:]) + "'")
		} else if ev.What == "header dropped" {
			t.info("not sent to another origin: " + ev.Value)
		}
	}
}

// connection tells which one an exchange has.
func (t *teller) connection(h *trace.RequestHead) {
	if t.seen == nil {
		t.seen, t.host, t.conn = map[uint64]bool{}, map[uint64]string{}, map[uint64]trace.Conn{}
	}
	x := exchange{request: *h}
	host := x.hostOf()
	t.host[h.Exchange], t.conn[h.Exchange] = host, h.Conn
	if t.seen[h.Conn.ID] || h.Conn.Reused {
		t.info(fmt.Sprintf("Re-using existing connection with host %s", host))
		return
	}
	t.seen[h.Conn.ID] = true
	switch {
	case h.Conn.Unix != "":
		t.info(fmt.Sprintf("Connected to %s (%s)", host, h.Conn.Unix))
	case h.Conn.Remote.IsValid():
		t.info(fmt.Sprintf("Connected to %s (%s) port %d", host, h.Conn.Remote.Addr(), h.Conn.Remote.Port()))
	}
	if s := h.Conn.TLS; s != nil {
		t.tls(s)
	}
}

// tls tells how it was agreed on.
func (t *teller) tls(s *tls.ConnectionState) {
	t.info(fmt.Sprintf("SSL connection using %s / %s", strings.ReplaceAll(tls.VersionName(s.Version), "TLS ", "TLSv"), tls.CipherSuiteName(s.CipherSuite)))
	if s.NegotiatedProtocol != "" {
		t.info("ALPN: server accepted " + s.NegotiatedProtocol)
	}
	if len(s.PeerCertificates) == 0 {
		return
	}
	leaf := s.PeerCertificates[0]
	t.info("Server certificate:")
	t.info(" subject: " + leaf.Subject.String())
	t.info(" start date: " + leaf.NotBefore.UTC().Format(time.RFC1123))
	t.info(" expire date: " + leaf.NotAfter.UTC().Format(time.RFC1123))
	t.info(" issuer: " + leaf.Issuer.String())
	if len(s.VerifiedChains) > 0 {
		t.info(" SSL certificate verify ok.")
	} else {
		t.info(" SSL certificate was not verified, or by its key alone.")
	}
}

// over tells how an exchange has ended.
func (t *teller) over(ev *trace.Done) {
	host, known := t.host[ev.Exchange]
	if !known {
		return
	}
	if ev.Err != nil {
		t.info(ev.Err.Error())
		t.info("Closing connection with host " + host)
		return
	}
	t.info("Connection to host " + host + " left intact")
}

// stamp returns the time, if it is wanted.
func (t *teller) stamp() string {
	if !t.r.global.traceTime {
		return ""
	}
	return t.r.env.Now().Format("15:04:05.000000") + " "
}

func (t *teller) info(text string) {
	mark := "* "
	if t.full {
		mark = "== Info: "
	}
	fmt.Fprintf(t.w, "%s%s%s\n", t.stamp(), mark, term.Line(text))
}

// part tells what was sent or came.
func (t *teller) part(mark byte, title string, p []byte) {
	switch {
	case t.full:
		t.dump(title, p)
	case mark == '{' || mark == '}':
		fmt.Fprintf(t.w, "%s%c [%d bytes data]\n", t.stamp(), mark, len(p))
	default:
		for line := range strings.Lines(string(p)) {
			fmt.Fprintf(t.w, "%s%c %s\n", t.stamp(), mark, term.Line(strings.TrimRight(line, "\r\n")))
		}
	}
}

// dump writes bytes as curl's traces have them: 16 a line in hexadecimal, or 64 as text.
func (t *teller) dump(title string, p []byte) {
	fmt.Fprintf(t.w, "%s%s, %d bytes (0x%x)\n", t.stamp(), title, len(p), len(p))
	width := 16
	if t.ascii {
		width = 64
	}
	for at := 0; at < len(p); {
		n := min(width, len(p)-at)
		next := n
		if t.ascii {
			if i := strings.Index(string(p[at:min(at+n+1, len(p))]), "\r\n"); i >= 0 {
				n, next = i, i+2
			}
		}
		line := p[at : at+n]
		var b strings.Builder
		fmt.Fprintf(&b, "%04x: ", at)
		if !t.ascii {
			for i := range width {
				if i < len(line) {
					fmt.Fprintf(&b, "%02x ", line[i])
				} else {
					b.WriteString("   ")
				}
			}
		}
		for _, c := range line {
			if c < ' ' || c >= 0x7f {
				c = '.'
			}
			b.WriteByte(c)
		}
		fmt.Fprintln(t.w, b.String())
		at += next
	}
}
