//go:build !linux

// Systems on which sockets are bound to an interface's address.

package dial

import "errors"

const canBindToDevice = false

func bindToDevice(uintptr, string) error { return errors.ErrUnsupported }
