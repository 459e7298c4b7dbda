//go:build linux

// Package measure runs whole programs and tells what they took, for the programs in bench.
package measure

import (
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// Usage is what a whole process took, its children included.
type Usage struct {
	Wall time.Duration
	CPU  time.Duration // of user and system together
	RSS  int64         // in kB, the larger of the process and its children
}

// Run runs a program to its end. It is an error if it fails, with the last of what it said.
func Run(ctx context.Context, env, args []string) (Usage, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = env
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return Usage{}, fmt.Errorf("%s: %w: %s", filepath.Base(args[0]), err, out[max(0, len(out)-500):])
	}
	usage := Usage{Wall: time.Since(began), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		usage.RSS = r.Maxrss
	}
	return usage, nil
}

// Median takes each figure's own.
func Median(all []Usage) Usage {
	return Usage{
		Wall: median(all, func(u Usage) time.Duration { return u.Wall }),
		CPU:  median(all, func(u Usage) time.Duration { return u.CPU }),
		RSS:  median(all, func(u Usage) int64 { return u.RSS }),
	}
}

func median[T cmp.Ordered](all []Usage, of func(Usage) T) T {
	var values []T
	for _, u := range all {
		values = append(values, of(u))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// Milliseconds is a duration as people compare them.
func Milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Build builds our program into a folder, and returns its path.
func Build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "reconciler")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/reconciler").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return binary, nil
}
