package cli

// Which exchanges are printed, and which parts of each.

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"strings"
	"time"

	"example.com/godwit"
	"example.com/godwit/internal/cli/ledger"
	"example.com/godwit/trace"
)

// A show prints what the options ask for.
type show struct {
	options *options
	printer *printer
	env     *Env
	earlier bool           // what is printed is not the last exchange
	book    *ledger.Ledger // nil: there is none
}

func (s *show) wants(part rune) bool {
	if s.earlier {
		return s.options.output.wantsEarlier(part, s.env.StdoutTTY)
	}
	return s.options.output.wants(part, s.env.StdoutTTY)
}

// chosen returns the last exchange, and with --all those before it.
func (s *show) chosen(rec *recorder) []exchange {
	all := rec.exchanges()
	if !s.options.output.all {
		all = all[max(0, len(all)-1):]
	}
	return all
}

// answer prints the last exchange, and with --all those before it; the body of the last
// one while it arrives.
func (s *show) answer(rec *recorder, stream *godwit.Stream) error {
	all := s.chosen(rec)
	for i := range all {
		s.earlier = i < len(all)-1
		if err := s.exchange(&all[i]); err != nil {
			return err
		}
		if s.earlier {
			if err := s.hop(&all[i]); err != nil {
				return err
			}
		}
	}
	if _, switched := stream.Body.(io.Writer); switched {
		// It is the connection: without end, limit or an ear for Ctrl-C.
		note(s.env.Stderr, "the connection speaks another protocol now, and is closed")
		return nil
	}
	return s.arriving(rec, stream)
}

// arriving prints the last answer's body while it arrives, and its trailer.
func (s *show) arriving(rec *recorder, stream *godwit.Stream) error {
	switch {
	case s.wants(partResponseBody):
		if err := s.printer.responseBody(stream.Body, stream.Header.Get("Content-Type")); err != nil {
			return err
		}
	case s.wants(partTrailer):
		// Which comes behind the body.
		if _, err := io.Copy(io.Discard, stream.Body); err != nil {
			return err
		}
	}
	all := rec.exchanges()
	if !s.wants(partTrailer) || len(all) == 0 {
		return nil
	}
	return s.printer.trailer(all[len(all)-1].trailer)
}

// hop prints the body and the trailer of an answer that another one followed.
func (s *show) hop(x *exchange) error {
	if x.response == nil {
		return nil
	}
	if s.wants(partResponseBody) {
		if err := s.printer.responseBody(bytes.NewReader(x.received), x.response.Fields.Get("Content-Type")); err != nil {
			return err
		}
	}
	if !s.wants(partTrailer) {
		return nil
	}
	return s.printer.trailer(x.trailer)
}

// failed prints as much as there was of exchanges that led to no answer.
func (s *show) failed(rec *recorder) error {
	all := s.chosen(rec)
	for i := range all {
		s.earlier = i < len(all)-1
		if err := s.exchange(&all[i]); err != nil {
			return err
		}
	}
	return nil
}

// exchange prints an exchange without the body of its response.
func (s *show) exchange(x *exchange) error {
	p := s.printer
	if s.wants(partRequestHead) {
		if err := p.requestHead(&x.request); err != nil {
			return err
		}
	}
	if s.wants(partRequestBody) {
		if err := p.body(bytes.NewReader(x.sent), x.request.Fields.Get("Content-Type")); err != nil {
			return err
		}
		if x.cut {
			note(s.env.Stderr, "the request's body is printed up to %d MiB", maxSent>>20)
		}
	}
	if !s.wants(partResponseHead) {
		return nil
	}
	if s.options.output.all {
		for i := range x.interim {
			if err := p.responseHead(&x.interim[i]); err != nil {
				return err
			}
		}
	}
	if x.response == nil {
		return nil
	}
	return p.responseHead(x.response)
}

// meta prints where the exchanges went and how long they took, once they are over.
func (s *show) meta(rec *recorder) error {
	all := s.chosen(rec)
	for i := range all {
		if s.earlier = i < len(all)-1; !s.wants(partMeta) {
			continue
		}
		if err := s.printer.separate(); err != nil {
			return err
		}
		if _, err := s.printer.out.Write([]byte(metaText(&all[i]))); err != nil {
			return err
		}
	}
	if s.book == nil || !s.env.StdoutTTY || !s.wants(partMeta) {
		return nil
	}
	_, err := s.printer.out.Write([]byte(bars(s.env, s.env.Stdout, true, s.options, s.book)))
	return err
}

// metaText says in two lines where an exchange went, and how long it took.
func metaText(x *exchange) string {
	c := x.request.Conn
	where := []string{version(x.request.Proto)}
	if c.Remote.IsValid() {
		where = append([]string{c.Remote.String()}, where...)
	}
	if c.TLS != nil {
		where = append(where, tls.VersionName(c.TLS.Version))
	}
	if c.Reused {
		where = append(where, "reused")
	}
	text := "Connection: " + strings.Join(where, ", ") + "\n"
	if x.done == nil {
		return text
	}
	var times []string
	for ph := range trace.Phase(trace.NumPhases) {
		if d := x.done.Timings.Of(ph); d > 0 {
			times = append(times, fmt.Sprintf("%s %s", ph, milliseconds(d)))
		}
	}
	times = append(times, "total "+milliseconds(x.done.Timings.Total()))
	return text + "Time: " + strings.Join(times, ", ") + "\n"
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
