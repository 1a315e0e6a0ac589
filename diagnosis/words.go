package diagnosis

import (
	"fmt"
	"strconv"
	"time"
)

// count returns a number with its unit in the plural, if need be.
func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

// Apart returns how far one clock is from another: "3 days ahead of", "2 hours behind".
func Apart(ahead time.Duration) string {
	away := ahead.Abs()
	switch { // clocks are read one after the other
	case away > 47*time.Hour:
		away = away.Round(time.Hour)
	case away > time.Hour:
		away = away.Round(time.Minute)
	}
	if ahead < 0 {
		return InWords(away) + " behind"
	}
	return InWords(away) + " ahead of"
}

// apart is Apart, in a sentence about the server's clock.
func apart(ahead time.Duration) string {
	if ahead.Abs() < farApart {
		return "as the server's"
	}
	return Apart(ahead) + " the server's"
}

// InWords writes a duration as people say it: "3 days".
func InWords(d time.Duration) string {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	for _, unit := range []struct {
		long time.Duration
		name string
	}{{year, "year"}, {day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if d >= 2*unit.long {
			return count(int(d/unit.long), unit.name)
		}
	}
	return count(int(d/time.Second), "second")
}

// Round returns how long something took, in as many digits as matter.
func Round(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return "< 1 ms"
}
