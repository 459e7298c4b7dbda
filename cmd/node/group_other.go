//go:build !unix

package main

import "os/exec"

// killTogether is not to be had here: a command that is killed leaves behind what it started.
func killTogether(*exec.Cmd) {}
