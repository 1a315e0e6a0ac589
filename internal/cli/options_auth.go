package cli

// The flags that say who is asking, in HTTPie's forms.

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"example.com/godwit"
	"example.com/godwit/auth"
)

// authOptions are what they say.
type authOptions struct {
	text        *string // --auth: user:password, user, a token, or a reference; nil: not said
	scheme      string  // basic, digest or bearer; "": not said, which is basic
	ignoreNetrc bool

	asking sync.Mutex // held while a secret is looked up, so that nobody is asked twice
	found  auth.Auth  // what text has turned out to be; nil: not looked up yet
}

var authSchemes = []string{"basic", "digest", "bearer"}

var authFlags = []flagRow[options]{
	{
		name: "auth", short: 'a', arg: "USER[:PASSWORD]", help: "who is asking: asks for the password if there is none;\nwith --auth-type=bearer the token. A reference such as\n@env:NAME, in place of all or of the password, is not\nseen by others",
		apply: func(o *options, v string) error {
			if v == "" {
				return errors.New("it is empty")
			}
			o.auth.text = &v
			return nil
		},
	},
	{
		name: "auth-type", short: 'A', arg: "TYPE", values: "basic digest bearer", help: "how that is proved: basic (the default), digest, bearer",
		apply: func(o *options, v string) error {
			for _, s := range authSchemes {
				if strings.EqualFold(v, s) {
					o.auth.scheme = s
					return nil
				}
			}
			return fmt.Errorf("%q is none of %s", v, strings.Join(authSchemes, ", "))
		},
	},
	{
		name: "ignore-netrc", help: "do not look into ~/.netrc, or the file that NETRC names",
		flip: func(o *options, on bool) { o.auth.ignoreNetrc = on },
	},
}

// settings returns the options for all calls.
func (o *authOptions) settings() []godwit.Option {
	if o.ignoreNetrc {
		return []godwit.Option{godwit.NoEnv{Netrc: true}}
	}
	return nil
}

// option returns the option for a call to the target, which may lose its URL's user info to it.
func (o *authOptions) option(ctx context.Context, env *Env, tg *target) ([]godwit.Option, error) {
	if o.text == nil {
		return o.ofURL(tg)
	}
	o.asking.Lock()
	defer o.asking.Unlock()
	if o.found == nil {
		a, err := credential(ctx, env, *o.text, o.scheme, tg.url)
		if err != nil {
			return nil, err
		}
		o.found = a
	}
	return []godwit.Option{godwit.Auth(o.found)}, nil
}

// ofURL is for a scheme without --auth: it is how the URL's user proves to be one. Without either
// the library sees to it.
func (o *authOptions) ofURL(tg *target) ([]godwit.Option, error) {
	if o.scheme == "" {
		return nil, nil
	}
	u, err := url.Parse(tg.url)
	if err != nil {
		return nil, nil //nolint:nilerr // whoever sends it says why
	}
	if u.User == nil || o.scheme == "bearer" {
		return nil, &usageError{"--auth-type=" + o.scheme + " needs --auth"}
	}
	user := u.User.Username()
	password, _ := u.User.Password()
	u.User = nil
	tg.url = u.String()
	return []godwit.Option{godwit.Auth(authOf(o.scheme, user, password))}, nil
}

// credential makes a credential of --auth's text.
func credential(ctx context.Context, env *Env, text, scheme, target string) (auth.Auth, error) {
	const where = "--auth"
	text, err := secretText(ctx, env, where, text)
	if err != nil {
		return nil, err
	}
	if scheme == "bearer" {
		a := auth.Bearer(text)
		if strings.TrimSpace(text) == "" {
			return nil, &usageError{where + ": the token is empty"}
		}
		return a, nil
	}
	user, password, ok := strings.Cut(text, ":")
	switch {
	case ok: // the password may be elsewhere
		password, err = secretText(ctx, env, where, password)
	default:
		if password, err = ask(ctx, env, "Password for "+user+" at "+hostOf(target)+": "); err != nil && ctx.Err() == nil {
			err = &usageError{where + ": " + err.Error()}
		}
	}
	if err != nil {
		return nil, err
	}
	return authOf(scheme, user, password), nil
}

func authOf(scheme, user, password string) auth.Auth {
	if scheme == "digest" {
		return auth.Digest(user, password)
	}
	return auth.Basic(user, password)
}

// hostOf returns the host of a URL, and the port if it says one.
func hostOf(text string) string {
	if u, err := url.Parse(text); err == nil {
		return u.Host
	}
	return "the server"
}
