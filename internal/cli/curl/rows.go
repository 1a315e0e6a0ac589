package curl

// The tables of flags, put together, and what makes their rows short.

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// allRows returns all flags. Whoever does not call curl pays nothing for them.
func allRows() []row {
	return slices.Concat(requestRows(), headerRows(), connectRows(), outputRows(), otherRows(), refusedRows())
}

// text is a flag that sets a text.
func text(name string, short byte, field func(*config) *string) row {
	return row{name: name, short: short, set: func(p *parser, v string) error { *field(p.cur()) = v; return nil }}
}

// option is a flag that is a text which may be missing.
func option(name string, short byte, field func(*config) **string) row {
	return row{name: name, short: short, set: func(p *parser, v string) error { *field(p.cur()) = &v; return nil }}
}

// list is a flag that may come several times.
func list(name string, short byte, field func(*config) *[]string) row {
	return row{name: name, short: short, set: func(p *parser, v string) error {
		l := field(p.cur())
		*l = append(*l, v)
		return nil
	}}
}

// toggle is a switch.
func toggle(name string, short byte, field func(*config) *bool) row {
	return row{name: name, short: short, flip: func(p *parser, on bool) error { *field(p.cur()) = on; return nil }}
}

// overall is a switch for the whole run.
func overall(name string, short byte, field func(*global) *bool) row {
	return row{name: name, short: short, flip: func(p *parser, on bool) error { *field(p.global) = on; return nil }}
}

// period is a number of seconds.
func period(name string, short byte, field func(*config) *time.Duration) row {
	return row{name: name, short: short, set: func(p *parser, v string) (err error) {
		*field(p.cur()), err = seconds(v)
		return err
	}}
}

// bytes is a number of bytes, with a unit or without.
func size(name string, short byte, field func(*config) *int64) row {
	return row{name: name, short: short, set: func(p *parser, v string) (err error) {
		*field(p.cur()), err = byteCount(v)
		return err
	}}
}

// nothing is a switch that curl has and that changes nothing here, since it is so already or
// cannot be seen from outside.
func nothing(name string, short byte) row {
	return row{name: name, short: short, flip: func(*parser, bool) error { return nil }}
}

// nothingOf is one with an argument.
func nothingOf(name string, short byte) row {
	return row{name: name, short: short, set: func(*parser, string) error { return nil }}
}

// seconds reads a number of seconds, with or without a fraction.
func seconds(text string) (time.Duration, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > 1e9 {
		return 0, fmt.Errorf("%q is not a number of seconds", text)
	}
	if d := time.Duration(n * float64(time.Second)); n == 0 || d >= time.Millisecond {
		return d, nil
	}
	return time.Millisecond, nil // the shortest that curl has
}

// byteCount reads a number of bytes: 100, 100K, 1.5M, 2G.
func byteCount(text string) (int64, error) {
	number, unit := text, int64(1)
	if text != "" {
		if i := strings.IndexByte("bkmgtp", text[len(text)-1]|0x20); i >= 0 {
			number, unit = text[:len(text)-1], 1<<(10*i)
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n*float64(unit) > math.MaxInt64/2 {
		return 0, fmt.Errorf("%q is not a number of bytes", text)
	}
	return int64(n * float64(unit)), nil
}

// count reads a number.
func count(text string, least int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	if n < least {
		return 0, errors.New("the number is too small")
	}
	return n, nil
}
