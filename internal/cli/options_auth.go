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
	"example.com/godwit/internal/cli/sessions"
)

// authOptions are what they say.
type authOptions struct {
	text        *string // --auth: user:password, user, a token, or a reference; nil: not said
	scheme      string  // basic, digest or bearer; "": not said, which is basic
	ignoreNetrc bool

	// What the file of settings says, in which line. It stands behind what the URL and the
	// session say; scheme is for both.
	standing *string // as text
	where    string
	byFile   bool // scheme is

	asking sync.Mutex // held while a secret is looked up, so that nobody is asked twice
	found  auth.Auth  // what text has turned out to be; nil: not looked up yet
	typed  string     // user:password, if a person was asked for the latter
}

var authSchemes = []string{"basic", "digest", "bearer"}

var authFlags = []flagRow[options]{
	{
		name: "auth", short: 'a', arg: "USER[:PASSWORD]", help: "who is asking (@env:NAME is seen by none), or a token",
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
					o.auth.scheme, o.auth.byFile = s, false
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

// stand makes what the file of settings has said, in that line, what stands if nobody says more.
func (o *authOptions) stand(where string) {
	o.standing, o.where, o.text, o.byFile = o.text, where, nil, o.scheme != ""
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
		if err := o.look(ctx, env, tg); err != nil {
			return nil, err
		}
	}
	return []godwit.Option{godwit.Auth(o.found)}, nil
}

// look looks the credential up.
func (o *authOptions) look(ctx context.Context, env *Env, tg *target) (err error) {
	text := *o.text
	if o.scheme != "bearer" && !isReference(text) && !strings.Contains(text, ":") {
		password, err := askPassword(ctx, env, flagAuth, text, hostOf(tg.url))
		if err != nil {
			return err
		}
		o.typed = text + ":" + password
		o.found = authOf(o.scheme, text, password)
		return nil
	}
	o.found, err = credential(ctx, env, flagAuth, text, o.scheme, hostOf(tg.url))
	return err
}

// kept returns what a session keeps of it, or of what the URL says; nil: nothing. A reference
// stays one.
func (o *authOptions) kept(tg *target, u *url.URL) *sessions.Credential {
	k := sessions.Credential{Type: o.scheme}
	if k.Type == "" {
		k.Type = "basic"
	}
	o.asking.Lock()
	defer o.asking.Unlock()
	switch {
	case o.text == nil && tg.user != nil:
		k.Text = userText(tg.user)
	case o.text == nil && u.User != nil:
		k.Text = userText(u.User)
	case o.text == nil:
	case o.typed != "":
		k.Text = o.typed
	case isReference(*o.text) || k.Type != "bearer" && isReference(passwordOf(*o.text)):
		k.Ref = *o.text
	default:
		k.Text = *o.text
	}
	if k.Text == "" && k.Ref == "" {
		return nil
	}
	return &k
}

// userText returns a URL's user info as --auth has it, "" without a password, which then came from
// elsewhere.
func userText(u *url.Userinfo) string {
	if password, _ := u.Password(); password != "" {
		return u.Username() + ":" + password
	}
	return ""
}

func passwordOf(text string) string {
	_, password, _ := strings.Cut(text, ":")
	return password
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
	if u.User == nil && tg.user == nil || o.scheme == "bearer" {
		if o.byFile || o.standing != nil {
			return nil, nil
		}
		return nil, &usageError{"--auth-type=" + o.scheme + " needs --auth"}
	}
	if u.User != nil { // or else it has been taken out already
		tg.user, u.User = u.User, nil
		tg.url = u.String()
	}
	password, _ := tg.user.Password()
	return []godwit.Option{godwit.Auth(authOf(o.scheme, tg.user.Username(), password))}, nil
}

const flagAuth = "--auth"

// credential makes a credential of a text or a reference. where is what that is of, and host who
// will be told, for errors and questions.
func credential(ctx context.Context, env *Env, where, text, scheme, host string) (auth.Auth, error) {
	whole, err := secretText(ctx, env, where, text)
	switch {
	case err != nil:
		return nil, err
	case scheme == "bearer":
		return auth.Bearer(whole), nil
	}
	user, password, ok := strings.Cut(whole, ":")
	switch {
	case !ok:
		password, err = askPassword(ctx, env, where, user, host)
	case whole == text: // else it is a secret already, and refers to nothing
		password, err = secretText(ctx, env, where, password)
	}
	if err != nil {
		return nil, err
	}
	return authOf(scheme, user, password), nil
}

// askPassword asks a person for a user's password.
func askPassword(ctx context.Context, env *Env, where, user, host string) (string, error) {
	password, err := ask(ctx, env, "Password for "+user+" at "+host+": ")
	switch {
	case err == nil:
		return password, nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	}
	return "", &usageError{where + ": " + err.Error()}
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
