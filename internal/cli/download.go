package cli

// --download: from the arguments to the files.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.com/godwit"
	"example.com/godwit/internal/cli/download"
	"example.com/godwit/internal/cli/ledger"
	"example.com/godwit/internal/cli/term"
)

// maxSilence is for how long a server may send nothing of a file, unless --timeout says.
const maxSilence = time.Minute

// A saver downloads what a command line asks for.
type saver struct {
	*client
	names    download.Names
	sum      *download.Checksum // of --checksum; nil: none
	sums     *download.Sums     // of its file; nil: none
	several  bool               // there is more than one wish
	progress *progress
}

// A wish is a file to be downloaded.
type wish struct {
	target
	name string             // "": as the answer says
	sum  *download.Checksum // nil: what --checksum says
}

// runDownload saves what the arguments name.
func runDownload(ctx context.Context, env *Env, o *options, args []string) (ExitCode, error) {
	if o.exchange.maxTime > 0 { // is for all of it, however many requests that takes
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.exchange.maxTime)
		defer cancel()
	}
	s := &saver{}
	if err := s.readSums(o.download.checksum); err != nil {
		return 0, err
	}
	if dir := o.download.dir; dir != "" {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return 0, &outputError{err}
		}
	}
	wishes, err := readWishes(env, o, args)
	if err != nil {
		return 0, err
	}
	s.several = len(wishes) > 1
	s.progress = newProgress(env, o.output.quiet > 0)
	defer s.progress.stop()
	if s.client, err = newClient(ctx, s.progress.env, o); err != nil {
		return 0, err
	}
	var code ExitCode
	if len(wishes) == 1 && o.download.input == "" {
		code, err = s.one(ctx, &wishes[0])
	} else {
		code, err = s.all(ctx, wishes)
	}
	return code, errors.Join(err, s.client.close())
}

// readSums reads what --checksum says.
func (s *saver) readSums(text string) (err error) {
	path, isFile := strings.CutPrefix(text, "@")
	switch {
	case text == "":
		return nil
	case !isFile:
		s.sum, err = download.ParseChecksum(text)
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return &usageError{"--checksum: " + err.Error()}
	}
	defer f.Close()
	if s.sums, err = download.ReadSums(f); err != nil {
		return &usageError{fmt.Sprintf("--checksum: %s: %v", path, err)}
	}
	return nil
}

// one downloads one file.
func (s *saver) one(ctx context.Context, w *wish) (ExitCode, error) {
	res, err := s.save(ctx, w)
	s.progress.stop()
	if err == nil {
		s.progress.tell("%s", doneLine(&res))
		return ExitOK, nil
	}
	if res.Partial {
		s.progress.tell("%s", keptLine(&res, err))
	}
	return 0, err
}

// save does the work of one wish.
func (s *saver) save(ctx context.Context, w *wish) (download.Result, error) {
	d := &s.options.download
	job := &download.Job{
		URL: w.url, Dir: d.dir, Name: w.name, Replace: d.overwrite, Continue: d.resume,
		Segments: d.segments, MaxSize: s.options.limits.maxSize, RemoteTime: d.remoteTime,
		Sum: s.sum, Sums: s.sums, Names: &s.names, Watch: new(download.Watch),
		Note: func(text string) { note(s.env.Stderr, "warning: %s", text) },
	}
	if w.sum != nil {
		job.Sum, job.Sums = w.sum, nil
	}
	if s.several && job.Segments == 0 {
		job.Segments = 1 // many files are parts enough
	}
	commit, err := s.place(ctx, job)
	if err != nil {
		return download.Result{}, err
	}
	book := s.records.begin()
	c, err := s.of(ctx, &w.target)
	if err == nil {
		err = s.prepare(ctx, c, job, w, book)
	}
	if err != nil {
		return download.Result{}, errors.Join(err, commit(err))
	}
	defer s.progress.watch(job.Watch, w.url)()
	res, err := download.Run(ctx, job)
	_, err = s.records.end(book, c.options, &w.target, ExitOK, errors.Join(ofWish(err, w), commit(err)))
	return res, err
}

// ofWish says of which URL an error is, if it does not say so itself.
func ofWish(err error, w *wish) error {
	_, call := errors.AsType[*godwit.Error](err)
	if err == nil || call || isOutput(err) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s %s: %w", w.method, withoutUser(w.url), err)
}

// place says where a job's bytes go. What it returns is called at the end.
func (s *saver) place(ctx context.Context, job *download.Job) (end func(error) error, err error) {
	nothing := func(error) error { return nil }
	switch path := s.options.download.output; {
	case path == "":
		return nothing, nil
	case path == "-", path == "/dev/stdout":
		if job.Sink = s.env.Stdout; !s.env.StdoutTTY {
			return nothing, nil
		}
		safe := &term.Writer{W: s.env.Stdout}
		job.Sink = safe
		return func(error) error { return safe.Flush() }, nil
	case download.IsStream(path):
		out, err := download.Create(ctx, path)
		if err != nil {
			return nil, err
		}
		job.Sink = out
		return func(error) error { return out.Close() }, nil
	default:
		job.Dir, job.Name, err = download.Split(path)
		job.Replace = true // whoever names a file means it, but not to lose what was to be gone on with
		job.Keep = !s.options.download.overwrite
		if err != nil {
			err = &outputError{err}
		}
		return nothing, err
	}
}

// prepare makes the request that a job sends, with what c has for its host.
func (s *saver) prepare(ctx context.Context, c *client, job *download.Job, w *wish, book *ledger.Ledger) error {
	opts, err := callOptions(ctx, c.env, c.options, &w.target)
	if err != nil {
		return err
	}
	if w.method == http.MethodHead {
		return &usageError{"an answer to HEAD has no body to be saved"}
	}
	job.Whole = w.method != http.MethodGet || w.message.body != nil || asksForPart(w.message.items)
	rec := s.recorder()
	session, err := c.sessionFor(ctx, s.records.tracer(rec, book), &w.target)
	if err != nil {
		return err
	}
	// A server that falls silent is not waited for all night.
	session.Defaults = append([]godwit.Option{godwit.Limits{Receive: maxSilence}}, session.Defaults...)
	shown := false
	job.Open = func(ctx context.Context, fields map[string]string) (*http.Response, error) {
		head := godwit.Header{}
		for name, value := range fields {
			head[name] = value
		}
		if job.Whole {
			head = godwit.Header{"Accept-Encoding": "identity"}
		}
		// Before the items, which have the last word.
		stream, err := session.Stream(ctx, w.method, w.url, append([]godwit.Option{head}, opts...)...)
		if err != nil {
			return nil, err
		}
		if !shown { // the requests for parts begin after the first answer
			shown = true
			if err := s.heads(rec); err != nil {
				stream.Close()
				return nil, err
			}
		}
		return stream.Response, nil
	}
	return nil
}

// asksForPart reports whether the items ask for a part of the file themselves.
func asksForPart(items []item) bool {
	for i := range items {
		it := &items[i]
		if (it.kind == itemHeader || it.kind == itemEmptyHeader) && (strings.EqualFold(it.name, "Range") || strings.EqualFold(it.name, "Accept-Encoding")) {
			return true
		}
	}
	return false
}

// heads prints the heads that --print or --verbose asks for to the standard error stream, as
// HTTPie does.
func (s *saver) heads(rec *recorder) error {
	out := &s.options.output
	if out.print == "" && out.verbose == 0 {
		return nil
	}
	env := *s.env
	env.Stdout, env.StdoutTTY = env.Stderr, env.StderrTTY
	show := &show{options: s.options, printer: newPrinter(out, &env), env: &env}
	all := show.chosen(rec)
	for i := range all {
		if err := show.exchange(&all[i]); err != nil {
			return err
		}
	}
	return nil
}

// toFile is --output without --download: f's standard output is the file.
func toFile(ctx context.Context, env *Env, path string, f func(*Env) (ExitCode, error)) (ExitCode, error) {
	if path == "" || path == "-" || path == "/dev/stdout" {
		return f(env)
	}
	out, err := download.Create(ctx, path)
	if err != nil {
		return 0, err
	}
	own := *env
	own.Stdout, own.StdoutTTY = out, false
	code, err := f(&own)
	if err == nil {
		_, err = out.Commit()
	}
	return code, errors.Join(err, out.Close())
}

// doneLine says what came of a download.
func doneLine(res *download.Result) string {
	var b strings.Builder
	switch {
	case res.Was:
		fmt.Fprintf(&b, "Done. %s were there already", byteText(res.Size))
	case res.Fetched < res.Size:
		fmt.Fprintf(&b, "Done. %s of %s in %s (%s)", byteText(res.Fetched), byteText(res.Size), durationText(res.Took), rateText(res.Fetched, res.Took))
	default:
		fmt.Fprintf(&b, "Done. %s in %s (%s)", byteText(res.Size), durationText(res.Took), rateText(res.Fetched, res.Took))
	}
	if res.Path != "" && !res.Was {
		fmt.Fprintf(&b, ", on the disk %s later", durationText(res.Sync))
	}
	if name, _, ok := strings.Cut(res.Checked, ":"); ok {
		fmt.Fprintf(&b, ", %s as expected", name)
	}
	if res.Path != "" {
		fmt.Fprintf(&b, ": %s", filepath.Clean(res.Path))
	}
	return b.String()
}

// keptLine says what there is of a download that is not done.
func keptLine(res *download.Result, err error) string {
	then := "the same command goes on from there"
	if isChecksum(err) {
		then = "with another checksum it may get its name"
	}
	return fmt.Sprintf("Kept %s in %s; %s", byteText(res.Size), filepath.Clean(res.Path), then)
}
