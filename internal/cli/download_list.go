package cli

// --input: the list of what is to be downloaded, and its end.

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	"example.com/godwit"
	"example.com/godwit/internal/cli/download"
	"example.com/godwit/internal/cli/term"
)

// maxList bounds a list: lines, and bytes of a line.
const (
	maxList     = 1_000_000
	maxListLine = 64 << 10
)

// readWishes returns what the arguments, or the list, ask for.
func readWishes(env *Env, o *options, args []string) ([]wish, error) {
	if o.download.input == "" {
		targets, err := o.ask.targets(args)
		if err != nil {
			return nil, err
		}
		wishes := make([]wish, len(targets))
		for i := range targets {
			wishes[i].target = targets[i]
		}
		if len(wishes) > 1 && o.download.output != "" {
			return nil, &usageError{"--output names one file, and there are several URLs; --output-dir names a folder"}
		}
		return wishes, oneOrigin(o, wishes[0].items, wishes)
	}
	var items []item
	for _, arg := range args {
		it, err := parseItem(arg)
		if err != nil {
			return nil, fmt.Errorf("%w (the URLs are in the list)", err)
		}
		if it.isData() {
			return nil, &usageError{fmt.Sprintf("%q: what is downloaded by a list is asked for without a body", arg)}
		}
		items = append(items, it)
	}
	in := env.Stdin
	where := "the standard input"
	if path := o.download.input; path != "-" {
		where = path
		f, err := os.Open(path)
		if err != nil {
			return nil, &usageError{"--input: " + err.Error()}
		}
		defer f.Close()
		in = f
	}
	if in == nil {
		return nil, &usageError{"--input: there is nothing on the standard input"}
	}
	wishes, err := parseList(in, &o.ask)
	if err != nil {
		return nil, &usageError{fmt.Sprintf("--input: %s: %v", where, err)}
	}
	for i := range wishes {
		wishes[i].method, wishes[i].items = "GET", items
	}
	return wishes, oneOrigin(o, items, wishes)
}

// parseList reads a list: URL [NAME] [ALGORITHM:HEX] on each line.
func parseList(in io.Reader, ask *askOptions) (wishes []wish, err error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxListLine)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		w, err := parseWish(line, ask)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if wishes = append(wishes, w); len(wishes) > maxList {
			return nil, fmt.Errorf("it has more than %d URLs", maxList)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n+1, err)
	}
	if len(wishes) == 0 {
		return nil, errors.New("it has no URL")
	}
	return wishes, nil
}

func parseWish(line string, ask *askOptions) (w wish, err error) {
	first, rest := cutWord(line)
	if w.url, err = ask.url(first); err != nil {
		return w, err
	}
	if u, err := url.Parse(w.url); err != nil || u.Host == "" {
		return w, fmt.Errorf("%q is no URL", first)
	}
	words, quoted, err := listWords(rest)
	if err != nil {
		return w, err
	}
	if n := len(words); n > 0 && !(n == 1 && quoted) {
		if w.sum, err = listSum(words[n-1]); err != nil {
			return w, err
		}
		if w.sum != nil {
			words = words[:n-1]
		}
	}
	switch n := len(words); {
	case n > 1 && quoted:
		return w, fmt.Errorf("%q behind the name is no checksum: a line is URL [NAME] [ALGORITHM:HEX]", words[1])
	case n > 1:
		return w, fmt.Errorf("%q and %q: one too many, a line is URL [NAME] [ALGORITHM:HEX]; a name with blanks has quotes around it", words[0], words[1])
	case n == 0:
		return w, nil
	}
	// A list may be somebody else's, who must not choose where on the disk a file goes
	// (CVE-2010-1512, CVE-2025-69194).
	w.name = words[0]
	if safe := download.SafeName(w.name); safe != w.name {
		return w, fmt.Errorf("%q is not a name that a file may have here; %q would be one", w.name, safe)
	}
	return w, nil
}

// cutWord returns the first word of a text, and what follows it.
func cutWord(text string) (word, rest string) {
	if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 {
		return text[:i], strings.TrimSpace(text[i:])
	}
	return text, ""
}

// listWords returns what stands behind the URL, and whether the first of it, the name, has
// quotes around it, single or double ones.
func listWords(text string) (words []string, quoted bool, err error) {
	if text == "" || text[0] != '"' && text[0] != '\'' {
		return strings.Fields(text), false, nil
	}
	name, rest, closed := strings.Cut(text[1:], text[:1])
	behind := strings.Fields(rest)
	switch {
	case !closed || rest != "" && !unicode.IsSpace([]rune(rest)[0]):
		return nil, true, fmt.Errorf("the quotes of the name do not end: %s", term.Line(text))
	case name == "":
		return nil, true, errors.New("the name is empty")
	}
	return append([]string{name}, behind...), true, nil
}

// listSum reads the last word of a line; nil if it is no checksum. A bare one, as people copy it
// from a page, is one too: were it a name, nobody would compare.
func listSum(word string) (*download.Checksum, error) {
	if sum := download.BareChecksum(word); sum != nil {
		return sum, nil
	}
	switch algorithm, _, _ := strings.Cut(word, ":"); strings.ToLower(strings.ReplaceAll(algorithm, "-", "")) {
	case "sha256", "sha512", "sha1", "md5":
		return download.ParseChecksum(word)
	}
	return nil, nil
}

// oneOrigin refuses to send a credential of the command line to all the hosts of a list
// (CVE-2021-22923).
func oneOrigin(o *options, items []item, wishes []wish) error {
	urls := make([]string, len(wishes))
	for i := range wishes {
		urls[i] = wishes[i].url
	}
	return o.oneOrigin(items, urls)
}

// withoutUser returns a URL as it may be shown.
func withoutUser(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil && strings.Contains(text, "@"):
		return "a URL that cannot be parsed" // even what is wrong may be a part of the password
	case err != nil || u.User == nil:
		return text
	}
	u.User = nil
	return u.String()
}

// all downloads a list, a few files at a time.
func (s *saver) all(ctx context.Context, wishes []wish) (ExitCode, error) {
	jobs := cmp.Or(s.options.download.jobs, s.options.ask.parallel, defaultJobs)
	// What is sent is the same for all, and what it refers to is read once.
	if _, err := callOptions(ctx, s.env, s.options, &wishes[0].target); err != nil {
		return 0, err
	}
	for i := range wishes {
		wishes[i].message = wishes[0].message
	}
	s.progress.expect(len(wishes))
	begun := time.Now()
	var bytes int64
	done := 0
	failed := make([]failure, len(wishes))
	save := func(ctx context.Context, w *wish) (download.Result, error) { return s.save(ctx, w) }
	for r, err := range godwit.Each(ctx, jobs, pointers(wishes), save) {
		bytes += r.Out.Fetched
		switch {
		case r.Index < 0: // ctx has ended
		case err != nil: // told at the end, where it can be found
			failed[r.Index] = failure{r.Out, err}
			s.progress.count()
		default:
			done++
			s.progress.finished("%s", doneLine(&r.Out))
		}
	}
	s.progress.stop()
	took := time.Since(begun)
	s.progress.tell("%s", listLine(done, len(wishes), bytes, took, ctx.Err() != nil))
	var first error
	for i := range failed {
		f := &failed[i]
		if f.err == nil {
			continue
		}
		first = cmp.Or(first, f.err)
		if !hasEnded(ctx, f.err) {
			s.progress.tell("    %s", failedLine(&wishes[i], f.err))
		}
		if f.kept.Partial {
			s.progress.tell("    %s", keptLine(&f.kept, f.err))
		}
	}
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return exitCode(first), nil // which has been told
}

// A failure is why a file is not there, and what of it is.
type failure struct {
	kept download.Result
	err  error
}

// hasEnded reports whether an error says no more than that ctx has ended, as the person knows who
// has pressed Ctrl-C, and as is said once of all that --max-time has stopped.
func hasEnded(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}

// pointers yields the wishes where they are.
func pointers(wishes []wish) func(yield func(*wish) bool) {
	return func(yield func(*wish) bool) {
		for i := range wishes {
			if !yield(&wishes[i]) {
				return
			}
		}
	}
}

// failedLine says why a file could not be had.
func failedLine(w *wish, err error) string {
	text := errorText(err)
	if url := withoutUser(w.url); !strings.Contains(text, url) {
		text = url + ": " + text
	}
	return text
}

// listLine sums up.
func listLine(done, all int, bytes int64, took time.Duration, ended bool) string {
	text := fmt.Sprintf("%d of %d files, %s in %s (%s)", done, all, byteText(bytes), durationText(took), rateText(bytes, took))
	switch {
	case done == all:
	case ended:
		text += fmt.Sprintf("; %d are not there yet", all-done)
	default:
		text += fmt.Sprintf("; %d failed, or were not tried", all-done)
	}
	return text
}
