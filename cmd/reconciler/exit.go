package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// The exit codes. rootHelp documents them.
const (
	exitError       = 1
	exitChanges     = 2
	exitInvalid     = 3
	exitPartly      = 4
	exitStale       = 5
	exitHeld        = 6
	exitLocked      = 7
	exitConflicts   = 8
	exitInterrupted = 130
)

// exit ends the program with a code. Without an error everything has been said already.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

func failf(code int, format string, args ...any) error {
	return exit{code, fmt.Errorf(format, args...)}
}

// code is the exit code of an error.
func code(err error) int {
	var e exit
	var locked *store.LockedError
	var spent *store.SpentError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.code
	case errors.As(err, &locked):
		return exitLocked
	case errors.As(err, &spent):
		return exitStale
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	default:
		return exitError
	}
}

// first is the exit code that counts where several hold.
func first(held map[int]bool) error {
	for _, code := range []int{exitInterrupted, exitInvalid, exitLocked, exitStale, exitConflicts, exitHeld, exitPartly, exitError, exitChanges} {
		if held[code] {
			return exit{code: code}
		}
	}
	return nil
}
