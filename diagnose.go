// Diagnose: each step to a URL by itself, one verdict and one remedy.

package godwit

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"time"

	"example.com/godwit/diagnosis"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// A Diagnosis is what [Diagnose] has found out. Printed, it is a report for people.
type Diagnosis = diagnosis.Report

// diagnosisTime bounds a diagnosis as a whole, unless a Timeout does.
const diagnosisTime = 30 * time.Second

// probeLimits bound what is asked for the report alone. All else has the limits of a call, so that
// what is in time for that is in time here.
var probeLimits = trace.Limits{
	DNS: 3 * time.Second, Connect: 3 * time.Second, TLS: 5 * time.Second,
	Send: 3 * time.Second, Wait: 5 * time.Second, Receive: 5 * time.Second,
}

// Diagnose finds out whether a URL can be had, and if not, why and what to do: it looks the name
// up, connects to each address, sees what TLS is spoken and which certificates are shown, whether
// a proxy lets it through, and follows redirects. It does so as a call with the same options would.
//
// What it sends is a GET without credentials, cookies and body, nothing of whose answer is kept but
// its head; handshakes that it breaks off; and, only if a certificate is out of its time, "HEAD /"
// over a connection that is not verified, for the server's Date. A proxy gets the credentials that
// are meant for it. Hooks and middleware are not run.
//
// It takes at most 30 seconds, or what a [Timeout] says. That a URL cannot be had is no error;
// errors are about URL and options, and about a context that was cancelled.
func Diagnose(ctx context.Context, url string, opts ...Option) (*Diagnosis, error) {
	return plain.Diagnose(ctx, url, opts...)
}

// Diagnose is as the function of that name, for a call of the session: with its defaults, its
// transport's settings, and connections of its own.
func (s *Session) Diagnose(ctx context.Context, url string, opts ...Option) (*Diagnosis, error) {
	if ctx == nil {
		return nil, refuse(ErrRequest, http.MethodGet, url, errNilContext)
	}
	start := time.Now()
	r := new(Request)
	u, err := s.fill(r, http.MethodGet, url, opts)
	if err != nil {
		return nil, err
	}
	r.withoutSecrets(u)
	limited, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, diagnosisTime))
	defer cancel()
	own, end := s.alone()
	defer end()
	d, err := own.newDiagnosis(limited, r, u)
	if err != nil {
		return nil, err
	}
	err = d.run()
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, failed(d.req, trace.Ended(ctx))
	}
	d.conclude(err)
	d.report.Took = time.Since(start)
	return d.report, nil
}

// A diagnoser goes the way to a URL, step by step.
type diagnoser struct {
	ctx     context.Context // with the limit for all of it
	session *Session        // like the caller's, with connections of its own, and without hooks
	request *Request        // without secrets
	url     *url.URL
	req     *http.Request       // what is to be sent
	over    transport.Overrides // what the transport is to know of it

	transport *transport.Transport // that would carry it; nil: one of somebody else's
	now       func() time.Time     // the clock that certificates are judged by

	report *Diagnosis
	way    way
	state  *tls.ConnectionState // of the handshake that a call would make; nil: there was none
}

// newDiagnosis prepares the way for a request that has no secrets. The session is one that is alone.
func (s *Session) newDiagnosis(ctx context.Context, r *Request, u *url.URL) (*diagnoser, error) {
	d := &diagnoser{
		ctx: ctx, session: s, request: r, url: u, now: time.Now,
		report: &Diagnosis{Time: time.Now(), URL: visible(clip(trace.RedactURL(u), maxShown))},
	}
	req := new(http.Request)
	if err := r.build(ctx, req, u); err != nil {
		return nil, err
	}
	d.req = req
	rt := d.session.transport()
	if m := mountOf(d.session.chain().mounts, u); m != nil {
		rt = m.next
	}
	c := &call{Context: ctx, caller: ctx, session: d.session, request: r, firstHost: u.Hostname()}
	c.override(u)
	if t, ours := rt.(*transport.Transport); ours {
		d.transport = t
		if config := cmp.Or(r.TLS, t.TLS); config != nil && config.Time != nil {
			d.now = config.Time
		}
		if err := c.askEnvironment(t, req); err != nil {
			return nil, failed(req, err)
		}
	}
	d.over = *c.over.Load()
	d.over.Report = nil
	d.report.Time = d.now()
	return d, nil
}

// run goes the way. Its error is that of the first step that fails, as a call would have it.
func (d *diagnoser) run() error {
	if d.transport == nil {
		d.note(diagnosis.NoteTransport, "the session's transport is not Godwit's own: only the request itself was tried")
		return d.ask()
	}
	if err := d.find(); err != nil {
		return err
	}
	err := d.connect()
	d.lookIntoTLS(err)
	if err == nil {
		err = d.ask()
	}
	d.hearOfHTTP3()
	d.compareClocks(err)
	return err
}

// note adds a note to the report.
func (d *diagnoser) note(code, text string) {
	d.report.Notes = append(d.report.Notes, diagnosis.Note{Code: code, Text: text})
}

// maxShown bounds what the report shows of one text from elsewhere.
const maxShown = 300

// shown returns a text that comes from elsewhere as the report has it.
func shown(text string) string { return visible(clip(text, maxShown)) }
