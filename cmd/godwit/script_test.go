package main

// The scripts in testdata/script: sessions at a shell, which are to be read as documentation.
//
// godwit is the real program in a process of its own. HTTP and HTTPS are the URLs of a server with
// httpbin's endpoints, CA the file of its certificate authority.

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"example.com/godwit/internal/cli/testserver"
)

// noLeaks fails the tests when a goroutine is left behind.
type noLeaks struct{ *testing.M }

func (m noLeaks) Run() int {
	code := withCommand{m.M}.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		println(err.Error())
		return 1
	}
	return code
}

func TestMain(m *testing.M) {
	testscript.Main(noLeaks{m}, map[string]func(){"godwit": main})
}

func TestScripts(t *testing.T) {
	s, err := testserver.Start(testserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) // the scripts are over then: they run in parallel, below t
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HTTP", s.HTTP)
			env.Setenv("HTTPS", s.HTTPS)
			env.Setenv("CA", s.CAFile)
			return nil
		},
	})
}
