// Options for the query and for forms, and how values become text.

package godwit

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/godwit/trace"
)

// Params are added to the URL's query, in the alphabetical order of their names. A value is
// a string, a number, a bool, a time.Time (sent as RFC 3339 writes it), a fmt.Stringer, or a
// slice of those, which adds the parameter for each; nil takes away what an earlier option
// has set, as any value does. What the URL itself says stays. For another order, and for
// repeats, see [Pairs].
type Params map[string]any

// Apply sets Request.Params.
func (p Params) Apply(r *Request) error {
	plain, err := r.reveal(p)
	if err != nil {
		return fmt.Errorf("parameter %w", err)
	}
	all, err := r.Params.with(plain)
	if err != nil {
		return fmt.Errorf("parameter %w", err)
	}
	r.Params = all
	return nil
}

// Pairs are names and values that are added to the URL's query as they stand: in order, with
// repeats.
type Pairs [][2]string

// Apply adds to Request.Params.
func (p Pairs) Apply(r *Request) error {
	r.Params = append(r.Params, p...)
	return nil
}

// with returns the pairs with those of a map in place of their namesakes, in the order of
// the names. p itself is left as it is.
func (p Pairs) with(m map[string]any) (Pairs, error) {
	all := append(make(Pairs, 0, len(p)+len(m)), p...)
	var room [4]string
	for _, name := range sortedKeys(m) {
		values, err := texts(room[:0], m[name], paramTime)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", clip(name, 60), err)
		}
		all = all.without(name)
		for _, v := range values {
			all = append(all, [2]string{name, v})
		}
	}
	return all, nil
}

// without removes the pairs of a name, in place.
func (p Pairs) without(name string) Pairs {
	return slices.DeleteFunc(p, func(pair [2]string) bool { return pair[0] == name })
}

// encode returns the pairs as HTML forms and queries write them, a space as a plus.
func (p Pairs) encode() string {
	if len(p) == 0 {
		return ""
	}
	size := 0
	for _, pair := range p {
		size += len(pair[0]) + len(pair[1]) + 2
	}
	var b strings.Builder
	b.Grow(size + size/8)
	for i, pair := range p {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(pair[0]))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(pair[1]))
	}
	return b.String()
}

// Query is added to the URL's query as it stands, for servers that want it in a way of their
// own. It is percent-encoded already, and without its question mark.
type Query string

// Apply sets Request.Query.
func (q Query) Apply(r *Request) error {
	if strings.Contains(string(q), "#") || !isFieldValue(string(q)) {
		return errors.New("a Query with a '#' or a control character")
	}
	r.Query = string(q)
	return nil
}

// Form is a body of form fields (application/x-www-form-urlencoded), in the alphabetical
// order of their names. Its values are as those of [Params].
type Form map[string]any

// Apply sets Request.Body.
func (f Form) Apply(r *Request) error {
	pairs, err := Pairs(nil).with(f)
	if err != nil {
		return fmt.Errorf("form field %w", err)
	}
	return FormPairs(pairs).Apply(r)
}

// FormPairs is a body of form fields as they stand: in order, with repeats.
type FormPairs [][2]string

// Apply sets Request.Body.
func (f FormPairs) Apply(r *Request) error {
	return Bytes([]byte(Pairs(f).encode()), "application/x-www-form-urlencoded").Apply(r)
}

// joinQuery joins what is not empty by "&".
func joinQuery(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		if part = strings.Trim(part, "&"); part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(part)
	}
	return b.String()
}

// texts appends a value as what stands in a field, a parameter or a form: several for a
// slice, none for nil. Times are written by layout.
func texts(dst []string, v any, layout string) ([]string, error) {
	switch x := v.(type) {
	case nil:
		return dst, nil
	case string:
		return append(dst, x), nil
	case []string:
		return append(dst, x...), nil
	case SecretValue, []SecretValue, *SecretValue, []*SecretValue:
		return nil, errSecretElsewhere
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer && rv.IsNil() {
		return dst, nil
	}
	if !isList(v) {
		s, err := text(v, layout)
		return append(dst, s), err
	}
	for i := range rv.Len() {
		s, err := text(rv.Index(i).Interface(), layout)
		if err != nil {
			return nil, err
		}
		dst = append(dst, s)
	}
	return dst, nil
}

// isList reports whether a value stands for several.
func isList(v any) bool {
	_, stringer := v.(fmt.Stringer)
	t := reflect.TypeOf(v)
	return !stringer && t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8
}

// text returns one value as text.
func text(v any, layout string) (string, error) {
	switch x := v.(type) {
	case string:
		return x, nil
	case SecretValue, *SecretValue:
		return "", errSecretElsewhere
	case time.Time:
		if layout == http.TimeFormat {
			x = x.UTC() // the format says GMT whatever the zone is
		}
		return x.Format(layout), nil
	case fmt.Stringer:
		if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer && rv.IsNil() {
			return "", fmt.Errorf("cannot send a nil %T", v)
		}
		if s := x.String(); !strings.Contains(s, trace.Hidden) {
			return s, nil
		}
		return "", fmt.Errorf("cannot send a %T: it hides what it is when it is printed", v)
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.String:
		return rv.String(), nil
	case reflect.Bool:
		return strconv.FormatBool(rv.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(rv.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(rv.Uint(), 10), nil
	case reflect.Float32:
		return float(rv.Float(), 32)
	case reflect.Float64:
		return float(rv.Float(), 64)
	}
	return "", fmt.Errorf("cannot send a %T", v)
}

// float writes a number as JSON and JavaScript do: with an exponent only where it is needed.
func float(x float64, bits int) (string, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "", fmt.Errorf("cannot send %v", x)
	}
	format := byte('f')
	if abs := math.Abs(x); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.FormatFloat(x, format, -1, bits), nil
}
