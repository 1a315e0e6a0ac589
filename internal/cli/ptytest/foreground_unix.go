//go:build unix

package ptytest

import (
	"os/exec"
	"syscall"
)

// inForeground makes the terminal that is the command's descriptor tty the one that controls
// it, so that Ctrl-C interrupts it and /dev/tty leads there. -1: none is.
func inForeground(cmd *exec.Cmd, tty int) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: tty >= 0, Ctty: max(tty, 0)}
}
