package auth

// Basic, Bearer, FromEnv: credentials that are the same for each request.

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// The fields that this package reads and writes, as http.Header spells them.
const (
	authorization      = "Authorization"
	wwwAuthenticate    = "Www-Authenticate"
	authenticationInfo = "Authentication-Info"
)

// A fixed sets the same value each time.
type fixed struct {
	masked
	value *string
	err   error // why there is no value
}

// Basic returns an [Auth] that sends a user name and a password as they are (RFC 7617), in
// UTF-8 if they are. It is safe over TLS only.
//
// A colon in the user name, or a control character in either, is an error of Authorize that is
// [ErrInvalid].
func Basic(user, password string) Auth {
	value, err := basicValue(user, password)
	return &fixed{"Basic(" + hidden + ")", &value, err}
}

// Bearer returns an [Auth] that sends a token (RFC 6750). It is safe over TLS only.
//
// An empty token, and one with white space, a control character or a byte beyond ASCII, is an
// error of Authorize that is [ErrInvalid].
func Bearer(token string) Auth {
	value, err := bearerValue(token)
	return &fixed{"Bearer(" + hidden + ")", &value, err}
}

func (b *fixed) Authorize(req *http.Request) error {
	if b.err != nil {
		return b.err
	}
	setField(req, authorization, *b.value)
	return nil
}

// An env reads its token each time.
type env struct {
	masked
	name string
}

// FromEnv returns an [Auth] that sends the token in the environment variable of that name, as
// [Bearer] does. The variable is read for each request. If it is not set, or empty, or has what
// cannot stand in a token, a line end for instance, Authorize returns an error that names it and
// is [ErrInvalid]. A key that belongs into another field is set by a [Func].
func FromEnv(name string) Auth {
	return &env{masked(fmt.Sprintf("FromEnv(%q)", name)), name}
}

func (e *env) Authorize(req *http.Request) error {
	token, ok := os.LookupEnv(e.name)
	if !ok || token == "" {
		return fmt.Errorf("auth: %w: the environment variable %q is %s", ErrInvalid, e.name, missing(ok))
	}
	value, err := bearerValue(token)
	if err != nil {
		return fmt.Errorf("%w, in the environment variable %q", err, e.name)
	}
	setField(req, authorization, value)
	return nil
}

func missing(set bool) string {
	if set {
		return "empty"
	}
	return "not set"
}

// basicValue returns the field's value for a user and a password (RFC 7617 2).
func basicValue(user, password string) (string, error) {
	switch {
	case strings.Contains(user, ":"):
		return "", fmt.Errorf("auth: %w: the user name has a colon", ErrInvalid)
	case hasControl(user):
		return "", fmt.Errorf("auth: %w: the user name has a control character", ErrInvalid)
	case hasControl(password):
		return "", fmt.Errorf("auth: %w: the password has a control character", ErrInvalid)
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)), nil
}

// bearerValue returns the field's value for a token. RFC 6750 2.1 allows fewer characters, but
// services hand out tokens with others, "1|abc" for instance.
func bearerValue(token string) (string, error) {
	if token == "" {
		return "", fmt.Errorf("auth: %w: the token is empty", ErrInvalid)
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] >= 0x7f {
			return "", fmt.Errorf("auth: %w: the token has a byte that cannot stand in a token", ErrInvalid)
		}
	}
	return "Bearer " + token, nil
}

// hasControl reports whether the text has a control character of ASCII.
func hasControl(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] == 0x7f {
			return true
		}
	}
	return false
}

// setField sets a field whose name is in canonical form, in a request that may have no header.
func setField(req *http.Request, name, value string) {
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header[name] = []string{value}
}
