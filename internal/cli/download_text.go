package cli

// Bytes, times and rates as a person reads them.

import (
	"fmt"
	"time"
)

// byteText writes a number of bytes in the unit that fits, of which each has 1000 of the one
// below it, as disks and networks are sold.
func byteText(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n)/1000, 0
	for v >= 999.5 && unit < 4 {
		v /= 1000
		unit++
	}
	if v < 99.95 {
		return fmt.Sprintf("%.1f %cB", v, "kMGTP"[unit])
	}
	return fmt.Sprintf("%.0f %cB", v, "kMGTP"[unit])
}

// rateText writes how many bytes came in a second.
func rateText(n int64, d time.Duration) string {
	if d <= 0 {
		return "at once"
	}
	return byteText(int64(float64(n)/d.Seconds())) + "/s"
}

// durationText writes how long something took.
func durationText(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 9.995:
		return fmt.Sprintf("%.2f s", s)
	case s < 99.95:
		return fmt.Sprintf("%.1f s", s)
	default:
		return clockText(d)
	}
}

// clockText writes a time as a clock does: 1:05, 2:01:05.
func clockText(d time.Duration) string {
	s := int64(d.Round(time.Second).Seconds())
	switch {
	case s < 3600:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	case s < 100*3600:
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d days", s/86400)
}
