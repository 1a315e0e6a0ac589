package curl

// One attempt of a transfer: the request, the heads, the body.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"example.com/godwit"
)

// attempt does what a transfer says, once.
func (r *runner) attempt(ctx context.Context, t *transfer, res *result) (err error) {
	c := t.c
	url, err := c.fullURL(t.url, t.target)
	if err != nil {
		return err
	}
	if res.sink.r == nil {
		sink, err := r.newSink(c, t.target, url, t.chosen)
		if err != nil {
			return err
		}
		res.sink = sink
	}
	req, err := r.newRequest(c, t.target, url, res.sink.resume)
	if err != nil {
		return err
	}
	began, whole := r.env.Now(), ctx
	if c.maxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.maxTime)
		defer cancel()
	}
	limited := ctx
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	rec, err := r.newRecorder()
	if err != nil {
		return err
	}
	res.rec = rec
	slow := c.watch(stop)
	defer slow.over()
	rec.moved = slow.add
	err = r.exchange(ctx, t, req, res, &copier{ctx: ctx, now: r.env.Now, c: c, slow: slow})
	err = slow.blame(ctx, err)
	if errors.Is(err, context.DeadlineExceeded) && limited.Err() != nil && whole.Err() == nil {
		return rec.timedOut(r.env.Now().Sub(began))
	}
	return err
}

// exchange sends the request and writes what comes.
func (r *runner) exchange(ctx context.Context, t *transfer, req *request, res *result, cp *copier) (err error) {
	heads, err := r.newHeads(t.c, res)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := heads.close(); err == nil {
			err = cerr
		}
	}()
	ctx, stop := context.WithCancel(ctx)
	defer stop() // what has come of a body that is not wanted any more is not waited for
	cp.meter = r.newMeter(res.sink, req.body != nil)
	defer cp.meter.end()
	stream, err := r.open(ctx, t, req, res)
	if err != nil {
		err = t.c.blameProxy(err)
	}
	if werr := heads.write(); err == nil {
		err = werr
	}
	if stream == nil {
		return err
	}
	if err == nil {
		err = r.body(t, res, stream, cp)
	}
	if err != nil {
		stop()
	}
	if cerr := stream.Close(); err == nil {
		err = cerr
	}
	return err
}

// blameProxy gives what goes wrong in the handshake with a SOCKS proxy the number that it has.
func (c *config) blameProxy(err error) error {
	if c.proxy != nil && strings.HasPrefix(*c.proxy, "socks") && exitCode(err) == exitReceive && errors.Is(err, godwit.ErrProxy) {
		return &failure{code: exitProxy, err: err}
	}
	return err
}

// newRecorder returns who notes what goes over the wire.
func (r *runner) newRecorder() (*recorder, error) {
	rec := &recorder{warn: func(text string) {
		if !strings.HasSuffix(text, " is not verified (Insecure)") { // -k has asked for it, and curl says nothing either
			r.warn("%s", text)
		}
	}}
	tell, err := r.theTeller()
	if err != nil {
		return nil, err
	}
	if tell != nil {
		rec.tell = tell.event
	}
	return rec, nil
}

// open sends the request.
func (r *runner) open(ctx context.Context, t *transfer, req *request, res *result) (*godwit.Stream, error) {
	c := t.c
	session := &godwit.Session{Transport: t.cl.transport, Tracer: res.rec, Defaults: t.cl.settings, NetworkMiddleware: []godwit.Middleware{c.methods}}
	if t.jar != nil {
		session.Jar = t.jar
	}
	hook := godwit.OnRequest(func(out *http.Request) error {
		if c.limitRate > 0 && out.Body != nil && out.Body != http.NoBody {
			out.Body = &pacedBody{out.Body, pace{ctx: ctx, now: r.env.Now, rate: c.limitRate}, c.pieceSize()}
		}
		return c.adjust(out, req, res.rec)
	})
	opts := append(append([]godwit.Option(nil), req.opts...), hook)
	return session.Stream(ctx, req.method, req.url, opts...)
}

// adjust gives a request what only a command line has: the method of -X behind a redirect too,
// --request-target, a Referer that follows, curl's codings.
func (c *config) adjust(out *http.Request, req *request, rec *recorder) error {
	before := rec.last()
	hop := before != nil && before.response != nil && before.response.Status/100 == 3
	if hop {
		if err := c.allows(c.redirProtos, out.URL.Scheme); err != nil {
			return err
		}
	}
	if c.request != "" && out.Method != c.request && !c.head {
		out.Method = c.request
	}
	if c.requestPath != "" {
		u := *out.URL
		u.Opaque = c.requestPath
		out.URL = &u
	}
	if hop && c.refererAuto {
		out.Header["Referer"] = []string{before.request.URL}
	}
	if c.compressed && len(out.Header["Accept-Encoding"]) > 0 {
		out.Header["Accept-Encoding"] = []string{req.codings}
	}
	return nil
}

// A headWriter writes heads where -i and -D want them.
type headWriter struct {
	c    *config
	res  *result
	dump io.Writer // -D; nil: nowhere
	file *os.File
}

func (r *runner) newHeads(c *config, res *result) (*headWriter, error) {
	h := &headWriter{c: c, res: res}
	switch {
	case c.dumpHeader == "-":
		h.dump = r.out()
	case c.dumpHeader != "":
		// The transfers of a config share the file: the first begins it.
		flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		if res.number > 0 {
			flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
		}
		f, err := os.OpenFile(c.dumpHeader, flags, 0o644)
		if err != nil {
			return nil, &failure{code: exitWrite, err: fmt.Errorf("failed to open %s: %w", c.dumpHeader, cause(err))}
		}
		h.dump, h.file = f, f
	}
	return h, nil
}

// write writes what has come since.
func (h *headWriter) write() error {
	text := h.res.rec.takeHeads(!h.c.noConnectHead)
	if h.dump != nil {
		if _, err := io.WriteString(h.dump, text); err != nil {
			return &failure{code: exitWrite, err: err}
		}
	}
	if h.c.include || h.c.head {
		if _, err := io.WriteString(h.res.sink, text); err != nil {
			return err
		}
	}
	return nil
}

func (h *headWriter) close() error {
	if h.file == nil {
		return nil
	}
	if err := h.file.Close(); err != nil {
		return &failure{code: exitWrite, err: err}
	}
	return nil
}

// body writes the body of an answer, if that is wanted.
func (r *runner) body(t *transfer, res *result, stream *godwit.Stream, cp *copier) error {
	c, status := t.c, stream.StatusCode
	if loc := stream.Header.Get("Location"); loc != "" && status/100 == 3 {
		if c.follow && c.maxRedirs == 0 && status != http.StatusNotModified && status != http.StatusMultipleChoices {
			return &failure{code: exitRedirects, err: errors.New("maximum (0) redirects followed")}
		}
		if u, err := stream.Request.URL.Parse(loc); err == nil {
			res.location = u.String()
		}
	}
	res.sink.rename(stream.Response)
	failed := c.statusError(status)
	if failed != nil && c.fail == failFast && !res.sink.alreadyWhole(status) {
		return failed
	}
	wanted, err := res.sink.wants(stream.Response)
	if err != nil {
		return err
	}
	if c.maxFileSize > 0 && stream.ContentLength > c.maxFileSize {
		return errTooLarge
	}
	if wanted {
		cp.meter.begin(stream.ContentLength)
		if err := cp.copy(res.sink, stream.Body); err != nil {
			return err
		}
	}
	res.sink.setTimeOf = stream.Response
	if c.etagSave != "" && status/100 == 2 {
		if tag := stream.Header.Get("Etag"); tag != "" {
			if err := os.WriteFile(c.etagSave, []byte(tag+"\n"), 0o644); err != nil {
				return &failure{code: exitWrite, err: fmt.Errorf("failed to open %s: %w", c.etagSave, cause(err))}
			}
		}
	}
	return failed
}

var errTooLarge = &failure{code: exitTooLarge, err: errors.New("maximum file size exceeded")}

// statusError is what --fail makes of a status, nil if nothing.
func (c *config) statusError(status int) error {
	if c.fail == failNever || status < 400 {
		return nil
	}
	return &failure{code: exitStatus, err: fmt.Errorf("the requested URL returned error: %d", status)}
}

// wants reports whether the body is to be written, or why it cannot be. What is resumed must be a
// part; a server that has nothing more has none.
func (s *sink) wants(res *http.Response) (bool, error) {
	if s.resume == 0 || res.StatusCode/100 != 2 && res.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		return true, nil
	}
	if s.alreadyWhole(res.StatusCode) {
		return false, nil
	}
	if res.StatusCode != http.StatusPartialContent {
		return false, &failure{code: exitRange, err: errors.New("the server doesn't seem to support byte ranges; cannot resume")}
	}
	return true, nil
}

// alreadyWhole reports whether there is nothing left to come of what is resumed.
func (s *sink) alreadyWhole(status int) bool {
	return s.resume > 0 && status == http.StatusRequestedRangeNotSatisfiable
}
