package auth

// What the tests of this package share: round trips that authorize and answer.

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
