package cli

// The library's errors and warnings name its own settings. Whoever uses the command is told of
// the flags.

import (
	"context"
	"errors"
	"strings"

	"example.com/godwit"
	"example.com/godwit/trace"
)

// settingFlags says which flag moves a setting of the library; "": none does.
var settingFlags = map[string]string{
	"Limits.DNS":     "--connect-timeout",
	"Limits.Connect": "--connect-timeout",
	"Limits.TLS":     "--connect-timeout",
	"Limits.Send":    "--stall-timeout",
	"Limits.Wait":    "--timeout",
	"Limits.Receive": "--timeout",
	"Timeout":        "--max-time",
	"Redirects":      "--max-redirects",
}

// setBy returns what a message says of a setting in the command.
func setBy(setting string) string {
	if flag := settingFlags[setting]; flag != "" {
		return " (set by " + flag + ")"
	}
	return ""
}

// A wording is a piece of the library's text, and what the command says in its place.
type wording struct{ original, command string }

// errorWordings are the pieces that stand in the text of an error of a kind.
var errorWordings = []struct {
	kind error
	wording
}{
	{godwit.ErrRedirects, wording{" (set by Redirects)", setBy("Redirects")}},
	{context.DeadlineExceeded, wording{" (set by Timeout)", setBy("Timeout")}},
	{godwit.ErrLocation, wording{"(allowed by AllowDowngrade)", "(allowed by --allow-downgrade)"}},
	{godwit.ErrRetry, wording{"that is as often as Retry allows", "that is as often as --retry allows"}},
	{godwit.ErrRetry, wording{"which is later than Retry.MaxTime, ", "which is later than --retry-max-time, "}},
	{godwit.ErrRetry, wording{", which is more than Retry.MaxRetryAfter", ", which is too long"}},
}

// errorText returns an error's text with the flags in it. What an error is decides what is looked
// for: what a server wrote is left as it is.
func errorText(err error) string {
	text := err.Error()
	for _, w := range errorWordings {
		if errors.Is(err, w.kind) {
			text = w.in(text)
		}
	}
	if e, ok := errors.AsType[*trace.Error](err); ok && e.Limit > 0 {
		after := "timed out after " + e.Limit.String()
		text = wording{after + " (set by " + e.Setting + ")", after + setBy(e.Setting)}.in(text)
	}
	return text
}

// in returns text with the last of the library's pieces altered: in front of it may be a URL.
func (w wording) in(text string) string {
	i := strings.LastIndex(text, w.original)
	if i < 0 {
		return text
	}
	return text[:i] + w.command + text[i+len(w.original):]
}

// warningWordings are all of the library's warnings that name a setting.
var warningWordings = []wording{
	{"its certificate is not verified (Insecure)", "its certificate is not verified (--verify=no)"},
	{"the certificate of this proxy is not verified (Insecure)", "the certificate of this proxy is not verified (--proxy-insecure)"},
}

// warningLine is a warning as it is printed.
func warningLine(w trace.Warning) string {
	text := w.Text
	for _, known := range warningWordings {
		if text == known.original {
			text = known.command
		}
	}
	if w.Origin == "" {
		return "warning: " + text
	}
	return "warning: " + w.Origin + ": " + text
}
