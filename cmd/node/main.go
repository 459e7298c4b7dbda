// Command node runs the reference node: package providers/node behind an HTTP
// server, with its items in one directory.
//
//	node --dir DIR [--listen HOST:PORT] [--name NAME] [--token-file FILE] [--kinds a,b]
//	     [--cert FILE --key FILE [--client-ca FILE]] [--tick DURATION] [--bad MODE]
//	     [--places ROLE/NUMBER,... --on-start CMD --on-stop CMD [--on-force CMD]]
//	     [--heartbeat URL [--heartbeat-every DURATION] [--serial SERIAL] [--heartbeat-token-file FILE] [--heartbeat-ca FILE]]
//
// It prints the address it listens on as its only line on stdout, logs to
// stderr, fires schedules at each full minute, and stops on SIGINT or SIGTERM
// once it has given up the places that it holds, and the requests under way are
// answered, for which they have 10 seconds. It
// exits with 0 when it stopped so, 1 if it cannot serve or had to cut a request
// off, and 2 if it is called wrongly. Killed, it has kept all that it answered.
//
// It only wires: what a node does is in providers/node, and what a place is on it
// in cmd/node/half.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second signal kills
	p := process{
		getenv:  os.Getenv,
		environ: os.Environ(),
		clock:   time.Now,
		after:   time.After,
		version: version(),
		stdout:  os.Stdout,
		stderr:  os.Stderr,
	}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// version is that of the module, "" if it was built without one.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return ""
}
