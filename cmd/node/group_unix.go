//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// killTogether has a command that is killed take with it what it started.
func killTogether(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
