package cli

// How far downloads are, on the standard error stream: bars that are drawn over and over on a
// terminal, and elsewhere a line now and then.

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	xterm "golang.org/x/term"

	"example.com/godwit/internal/cli/download"
	"example.com/godwit/internal/cli/term"
)

const (
	drawEvery = 100 * time.Millisecond // on a terminal
	drawAfter = 300 * time.Millisecond // what is over by then needs no bar
	sayEvery  = 10 * time.Second       // elsewhere
	maxRows   = 10                     // bars at a time
)

// A progress shows how far downloads are. While it does, what else is written has to go through
// its env, so that it does not end up in the middle of a bar.
type progress struct {
	env   *Env
	out   io.Writer
	bars  bool // on a terminal
	quiet bool

	end, ended chan struct{}
	once       sync.Once

	mu       sync.Mutex // guards the following
	rows     []*row
	drawn    int // lines of bars on the screen
	begun    time.Time
	expected int // files; 0: one, of which there is no need to speak
	over     int // files that are done, or have failed
}

// A row is a download that is under way.
type row struct {
	watch *download.Watch
	name  string // until its own is known
	seen  []sample
}

// A sample is how much had come by then.
type sample struct {
	at   time.Time
	done int64
}

// rateOver is the time that a rate is taken over: long enough to be read, short enough to be
// true.
const rateOver = 5 * time.Second

// newProgress starts to show. It has to be stopped.
func newProgress(env *Env, quiet bool) *progress {
	p := &progress{
		env: env, out: env.Stderr, quiet: quiet, begun: time.Now(),
		bars: env.StderrTTY && !quiet && env.Getenv("TERM") != "dumb",
		end:  make(chan struct{}), ended: make(chan struct{}),
	}
	if quiet {
		close(p.ended)
		return p
	}
	own := *env
	own.Stderr = p
	p.env = &own
	every := sayEvery
	if p.bars {
		every = drawEvery
	}
	go p.run(every) // ends with stop
	return p
}

func (p *progress) run(every time.Duration) {
	defer close(p.ended)
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-p.end:
			return
		case <-ticks.C:
			p.mu.Lock()
			p.show(time.Now())
			p.mu.Unlock()
		}
	}
}

// stop ends the showing. What is told from then on stays on the screen.
func (p *progress) stop() {
	p.once.Do(func() { close(p.end) })
	<-p.ended
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows = nil
	p.erase()
}

// expect says how many files there will be.
func (p *progress) expect(files int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = files
}

// watch shows a download until what it returns is called.
func (p *progress) watch(w *download.Watch, url string) (end func()) {
	name := download.URLName(url)
	if name == "" {
		name = originOf(url)
	}
	r := &row{watch: w, name: name}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows = append(p.rows, r)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.rows = slices.DeleteFunc(p.rows, func(x *row) bool { return x == r })
	}
}

// tell prints a line that stays.
func (p *progress) tell(format string, args ...any) {
	if p.quiet {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	fmt.Fprintln(p.out, term.Line(fmt.Sprintf(format, args...)))
}

// count counts a file that is done, or has failed.
func (p *progress) count() {
	p.mu.Lock()
	p.over++
	p.mu.Unlock()
}

// finished counts a file and prints a line on it.
func (p *progress) finished(format string, args ...any) {
	p.count()
	p.tell(format, args...)
}

// Write writes what has nothing to do with bars, where they are.
func (p *progress) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	return p.out.Write(text)
}

// erase takes the bars from the screen.
func (p *progress) erase() {
	if p.drawn > 0 {
		io.WriteString(p.out, p.home()+"\x1b[J")
		p.drawn = 0
	}
}

// home moves to the beginning of the first bar.
func (p *progress) home() string {
	if p.drawn > 1 {
		return "\r\x1b[" + strconv.Itoa(p.drawn-1) + "A"
	}
	return "\r"
}

// show draws the bars, or says where there are none.
func (p *progress) show(now time.Time) {
	if !p.bars {
		for _, r := range p.rows {
			if s := r.look(now); s.Phase > download.Waiting && s.Phase < download.Ended {
				fmt.Fprintln(p.out, term.Line(plainLine(&s, r.rate())))
			}
		}
		return
	}
	if now.Sub(p.begun) < drawAfter {
		return
	}
	width := terminalColumns(p.env.Getenv, p.out)
	var lines []string
	for i, r := range p.rows {
		s := r.look(now)
		if i < maxRows {
			lines = append(lines, barLine(&s, r.rate(), width))
		}
	}
	if p.expected > 1 {
		lines = append(lines, cut(fmt.Sprintf("%d of %d files", p.over, p.expected), width-1))
	}
	if len(lines) == 0 {
		p.erase()
		return
	}
	text := p.home() + strings.Join(lines, "\x1b[K\n") + "\x1b[K"
	if p.drawn > len(lines) {
		text += "\x1b[J"
	}
	p.drawn = len(lines)
	io.WriteString(p.out, text)
}

// look notes how far the download is.
func (r *row) look(now time.Time) download.Sight {
	s := r.watch.Look()
	if s.Name == "" {
		s.Name = r.name
	}
	if s.Phase == download.Fetching {
		if n := len(r.seen); n > 0 && s.Done < r.seen[n-1].done {
			r.seen = nil // begun again
		}
		for len(r.seen) > 1 && now.Sub(r.seen[1].at) >= rateOver {
			r.seen = r.seen[1:]
		}
		if len(r.seen) == 0 && !s.Started.IsZero() {
			r.seen = append(r.seen, sample{s.Started, s.Before})
		}
		r.seen = append(r.seen, sample{now, s.Done})
	}
	return s
}

// rate returns the bytes a second of late, 0 if there is nothing to say.
func (r *row) rate() float64 {
	if len(r.seen) < 2 {
		return 0
	}
	first, last := r.seen[0], r.seen[len(r.seen)-1]
	if d := last.at.Sub(first.at).Seconds(); d > 0 {
		return float64(last.done-first.done) / d
	}
	return 0
}

// terminalColumns returns how wide the terminal is.
func terminalColumns(getenv func(string) string, w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := xterm.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	if n, err := strconv.Atoi(getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return 80
}
