package auth

// Token and TokenSource: tokens that are fetched, and fetched anew.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// tokenEarly is how long before its end a token is no longer used, as oauth2 has it: it must
// still be good when it arrives.
const tokenEarly = 10 * time.Second

// maxTokenRounds is how often a refused token is replaced for one request.
const maxTokenRounds = 1

type token struct {
	masked
	values *flight
}

// Token returns a [Challenger] that sends, as [Bearer] does, the token that fetch returns. fetch
// is called when there is none yet, when it ends within ten seconds (a zero time: it never
// does), and when the server has refused it with a 401, after which the request is worth
// sending once more if the new token is another.
//
// However many requests want a token, fetch runs once at a time, in a goroutine of its own, and
// all get what it returns. Each stops waiting when its own context ends; the context of fetch,
// which has the values of the first one's, ends when nobody waits any longer. An error of
// fetch fails the requests that wait for it, and no others; a panic is a [PanicError].
func Token(fetch func(ctx context.Context) (token string, expires time.Time, err error)) Challenger {
	return newToken("Token("+hidden+")", func(ctx context.Context) (string, time.Time, error) {
		text, expires, err := fetch(ctx)
		if err != nil {
			return "", time.Time{}, err
		}
		value, err := bearerValue(text)
		return value, expires, err
	})
}

// TokenSource returns a [Challenger] that does with the tokens of an [oauth2.TokenSource] what
// [Token] does. Their type, which is mostly Bearer, comes before them.
//
// A source without a context cannot be told that nobody waits any longer, nor that a token was
// refused: after a 401 it is asked again, and the request is worth sending again if it comes up
// with another token. [oauth2.ReuseTokenSource] and what is built on it do not, as long as
// theirs has not expired.
func TokenSource(source oauth2.TokenSource) Challenger {
	return newToken("TokenSource("+hidden+")", func(context.Context) (string, time.Time, error) {
		t, err := source.Token()
		if err != nil {
			return "", time.Time{}, err
		}
		if t == nil {
			return "", time.Time{}, fmt.Errorf("auth: %w: the source has returned no token", ErrInvalid)
		}
		value, err := bearerValue(t.AccessToken)
		if err != nil {
			return "", time.Time{}, err
		}
		kind := t.Type()
		if s := (scanner{text: kind}); s.word(isToken) != kind {
			return "", time.Time{}, fmt.Errorf("auth: %w: the type of the source's token cannot be sent", ErrInvalid)
		}
		return kind + strings.TrimPrefix(value, "Bearer"), t.Expiry, nil
	})
}

func newToken(name masked, fetch func(ctx context.Context) (value string, expires time.Time, err error)) *token {
	return &token{name, &flight{fetch: fetch}}
}

func (t *token) Authorize(req *http.Request) error {
	value, err := t.values.get(req.Context(), "")
	if err != nil {
		return err
	}
	setField(req, authorization, value)
	return nil
}

func (t *token) Answer(req *http.Request, res *http.Response) (again bool, err error) {
	sent := req.Header.Get(authorization)
	if res.StatusCode != http.StatusUnauthorized || sent == "" || rounds(req, t.values) >= maxTokenRounds {
		return false, nil
	}
	value, err := t.values.get(req.Context(), sent)
	if err != nil || value == sent {
		return false, err
	}
	setField(req, authorization, value)
	countRound(req, t.values)
	return true, nil
}

// A PanicError is the error of the requests that were waiting for a function that panicked.
type PanicError struct {
	Value any    // what it panicked with; it may hold a secret, and so is not part of the text
	Stack []byte // where
}

// Error says that there was a panic, and not with what.
func (e *PanicError) Error() string { return "auth: the function that fetches tokens panicked" }

// Unwrap returns what the function panicked with, if it was an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// errExited is what a fetch that calls runtime.Goexit fails with.
var errExited = errors.New("auth: the function that fetches tokens ended its goroutine")
