package curl

// The progress meter, as curl draws it where errors go, and -# as a bar.

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A meter shows how far a transfer has come.
type meter struct {
	w     io.Writer
	now   func() time.Time
	bar   bool
	began time.Time
	shown time.Time

	total    int64 // < 0: unknown
	done, up int64
	drawn    bool
}

// newMeter returns a meter, nil if none is wanted: curl shows none while a terminal shows the body.
func (r *runner) newMeter(s *sink, upload bool) *meter {
	g := r.global
	if g.silent || g.noMeter || g.parallel && !g.bar || r.env.StdoutTTY && !s.isFile() && !upload {
		return nil
	}
	now := r.env.Now()
	return &meter{w: r.stderr, now: r.env.Now, bar: g.bar, began: now, total: -1}
}

// begin is called when it is known how much will come.
func (m *meter) begin(total int64) {
	if m == nil {
		return
	}
	m.total = total
	if !m.bar && !m.drawn {
		io.WriteString(m.w, "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n")
	}
	m.draw(true)
}

// add counts what has come.
func (m *meter) add(n int) {
	if m == nil {
		return
	}
	m.done += int64(n)
	m.draw(false)
}

// end draws it for the last time.
func (m *meter) end() {
	if m == nil || !m.drawn {
		return
	}
	m.draw(true)
	io.WriteString(m.w, "\n")
}

// draw draws it at most once in a while, unless it must.
func (m *meter) draw(must bool) {
	now := m.now()
	if !must && now.Sub(m.shown) < time.Second {
		return
	}
	m.shown, m.drawn = now, true
	if m.bar {
		m.drawBar()
		return
	}
	spent := now.Sub(m.began)
	rate := speed(m.done, spent)
	percent, left, whole := int64(0), "--:--:--", "--:--:--"
	shown := m.total
	if m.total > 0 {
		percent = m.done * 100 / m.total
		if rate > 0 {
			whole = clock(time.Duration(m.total/rate) * time.Second)
			left = clock(time.Duration((m.total-m.done)/rate) * time.Second)
		}
	} else {
		shown = m.done
	}
	fmt.Fprintf(m.w, "\r%3d %5s  %3d %5s    0 %5s   %5s  %5s %8s %8s %8s %5s", percent, short(shown), percent, short(m.done), short(m.up), short(rate), short(speed(m.up, spent)), whole, clock(spent), left, short(rate))
}

// drawBar draws a bar of 72 marks.
func (m *meter) drawBar() {
	const width = 72
	if m.total <= 0 {
		fmt.Fprintf(m.w, "\r%s bytes", short(m.done))
		return
	}
	n := int(m.done * width / m.total)
	fmt.Fprintf(m.w, "\r%-*s %5.1f%%", width, strings.Repeat("#", min(n, width)), float64(m.done)*100/float64(m.total))
}

// short writes a number in at most five characters.
func short(n int64) string {
	if n < 100_000 {
		return fmt.Sprint(n)
	}
	for _, unit := range "kMGTP" {
		if n /= 1024; n < 10_000 {
			return fmt.Sprintf("%d%c", n, unit)
		}
	}
	return "lots"
}

// clock writes a time as hours, minutes and seconds.
func clock(d time.Duration) string {
	s := int64(d / time.Second)
	if s >= 100*3600 {
		return fmt.Sprintf("%dd", s/86400)
	}
	return fmt.Sprintf("%2d:%02d:%02d", s/3600, s/60%60, s%60)
}
