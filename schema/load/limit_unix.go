//go:build linux || darwin

package load

import (
	"runtime/debug"
	"syscall"
	"time"
)

// limit bounds this process. Data, not address space: a Go program reserves more of that at its start
// than it will ever use. The garbage collector is told to work harder before the limit is reached.
func limit(l Limits) error {
	debug.SetMemoryLimit(int64(l.Memory / 8 * 7))
	if err := setLimit(syscall.RLIMIT_DATA, l.Memory); err != nil {
		return err
	}
	return setLimit(syscall.RLIMIT_CPU, uint64((l.CPU+time.Second-1)/time.Second))
}

// setLimit sets the hard limit too: at the soft one of processor time the system only sends a signal, which
// Go ignores.
func setLimit(resource int, value uint64) error {
	var now syscall.Rlimit
	if err := syscall.Getrlimit(resource, &now); err != nil {
		return err
	}
	now.Max = min(value, now.Max)
	now.Cur = now.Max
	return syscall.Setrlimit(resource, &now)
}
