// Command reconciler brings a cluster of servers to the state that CUE files in Git describe.
//
// It reads the files, shows how every server differs from them (plan), and makes them equal (apply).
// This package only parses, wires and prints: one file per command, ui*.go for all words to people,
// wire.go for building everything. What is decided is decided on the floors below.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	executable, err := os.Executable()
	if err != nil {
		executable = os.Args[0]
	}
	code := run(ctx, process{
		args:       os.Args[1:],
		getenv:     os.LookupEnv,
		stdin:      os.Stdin,
		stdout:     os.Stdout,
		stderr:     os.Stderr,
		clock:      time.Now,
		pid:        os.Getpid(),
		executable: executable,
		terminal: terminal{
			in:    term.IsTerminal(int(os.Stdin.Fd())),
			out:   term.IsTerminal(int(os.Stdout.Fd())),
			err:   term.IsTerminal(int(os.Stderr.Fd())),
			width: width(os.Stderr), outWidth: width(os.Stdout),
		},
		hangups: hangups,
	})
	stop()
	os.Exit(code)
}

// width is that of a terminal; 0 of everything else.
func width(f *os.File) int {
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// hangups has something done at each SIGHUP, until stop is called.
func hangups(do func()) (stop func()) {
	signals, ended := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		defer close(ended)
		for range signals {
			do()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
		<-ended
	}
}
