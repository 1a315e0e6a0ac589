package realserver

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// All servers start, and end with the test that started them.
func TestServers(t *testing.T) {
	t.Run("nginx", func(t *testing.T) { Nginx(t) })
	t.Run("Apache", func(t *testing.T) { Apache(t) })
	t.Run("Caddy", func(t *testing.T) { Caddy(t) })
	t.Run("Python", func(t *testing.T) { Python(t) })
	t.Run("tinyproxy", func(t *testing.T) { Tinyproxy(t) })
}
