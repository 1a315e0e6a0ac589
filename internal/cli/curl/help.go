package curl

// What --help and --version print.

import (
	"fmt"
	"slices"
	"strings"

	"example.com/godwit"
)

// agent is what a server is told that we are.
func agent() string { return "godwit/" + godwit.Version }

func versionText() string {
	return fmt.Sprintf("godwit curl %s, in the place of curl\nProtocols: http https\nFeatures: alt-svc brotli HTTP2 HTTP3 HTTPS-proxy IDN IPv6 Largefile libz PSL SSL threadsafe UnixSockets zstd\n", godwit.Version)
}

// helpText lists the flags. What they do is said by curl's own manual.
func helpText() string {
	var spoken, refused []string
	for _, f := range allRows() {
		name := "--" + f.name
		if f.short != 0 {
			name = fmt.Sprintf("-%c, %s", f.short, name)
		}
		if f.set != nil {
			name += " <arg>"
		}
		if f.refused == "" {
			spoken = append(spoken, name)
		} else {
			refused = append(refused, "--"+f.name)
		}
	}
	byName := func(a, b string) int {
		return strings.Compare(a[strings.Index(a, "--"):], b[strings.Index(b, "--"):])
	}
	slices.SortFunc(spoken, byName)
	slices.SortFunc(refused, byName)
	var b strings.Builder
	b.WriteString("usage: godwit curl [flags] URL…\n\nDoes what curl does with the same flags; what each one is, curl's own manual says\n(man curl). These are spoken:\n\n")
	for _, name := range spoken {
		if !strings.HasPrefix(name, "-") || strings.HasPrefix(name, "--") {
			b.WriteString("    ")
		}
		b.WriteString("  " + name + "\n")
	}
	b.WriteString("\nThese are refused, each with the reason:\n\n")
	line := " "
	for _, name := range refused {
		if len(line)+1+len(name) > 80 {
			b.WriteString(line + "\n")
			line = " "
		}
		line += " " + name
	}
	b.WriteString(line + "\n\nWhat is otherwise than with curl, docs/curl.md says.\n")
	return b.String()
}
