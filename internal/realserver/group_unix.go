//go:build unix

package realserver

import (
	"os/exec"
	"syscall"
)

// lead makes a command the leader of a group of its own, which its children belong to.
func lead(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends what is left of the group.
func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
