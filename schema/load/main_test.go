package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestMain lets the tests run this very binary as the child, with its coverage and race detector. What it
// shall be stands in its arguments, since a child has no environment.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 {
		if be := children()[os.Args[1]]; be != nil {
			if err := be(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		}
	}
	os.Exit(m.Run())
}

func children() map[string]func() error {
	return map[string]func() error{
		"serve-evaluation":  func() error { return Serve(os.Stdin, os.Stdout) },
		"serve-environment": serveEnvironment,
		"serve-garbage":     func() error { _, err := fmt.Println("garbage"); return err },
		"serve-nothing":     func() error { return nil },
		"serve-failure":     func() error { return errors.New("out of order\nfor good") },
		"serve-recursion": func() error {
			debug.SetMaxStack(1 << 20)
			fmt.Println(endless(0))
			return nil
		},
	}
}

// serveEnvironment answers with problems that are the child's environment.
func serveEnvironment() error {
	result := Result{Problems: []schema.Problem{{Message: "end"}}}
	for _, variable := range os.Environ() {
		result.Problems = append(result.Problems, schema.Problem{Message: variable})
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// endless ends only for want of stack.
func endless(n int) int {
	if n < 0 {
		return 0
	}
	return endless(n+1) + 1
}
