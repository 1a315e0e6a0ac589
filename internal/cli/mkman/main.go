// Command mkman writes the man page of godwit: make man.
package main

import (
	"fmt"
	"os"

	"example.com/godwit/internal/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: mkman FILE")
		os.Exit(64)
	}
	if err := os.WriteFile(os.Args[1], []byte(cli.ManPage()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "mkman:", err)
		os.Exit(1)
	}
}
