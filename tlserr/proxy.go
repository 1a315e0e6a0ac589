// What can be done if it is a proxy that TLS failed with.

package tlserr

import "strings"

// forProxy makes remedies for an origin those for a proxy: what is said for origins is not said for
// the proxies on the way there.
func forProxy(all []Remedy) []Remedy {
	out := make([]Remedy, len(all))
	for i, r := range all {
		switch {
		case strings.HasPrefix(r.Go, "godwit.Get("): // another URL of the server
			r.Go = "godwit.Proxy(" + strings.TrimPrefix(r.Go, "godwit.Get(ctx, ")
			r.Flag = "--proxy=" + r.Flag
		case r.Go != "":
			r.Go = "godwit.ProxyTLS(" + r.Go + ")"
			r.Flag = proxyFlag(r.Flag)
		case r.Flag != "":
			r.Flag = proxyFlag(r.Flag)
		}
		out[i] = r
	}
	return out
}

// proxyFlag returns the flag that says of a proxy what another says of an origin; "": there is none.
func proxyFlag(flag string) string {
	switch name, value, _ := strings.Cut(flag, "="); name {
	case "--verify":
		return "--proxy-cacert=" + value
	case "--cert":
		cert, _, _ := strings.Cut(value, " ")
		return "--proxy-cert=" + cert + " (with its key in the same file)"
	case "--no-post-quantum", "--tls-max": // hold wherever a call leads
		return flag
	}
	return ""
}
