package main

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the outputs in testscript/*.txtar")

// TestMain lets the scripts run this very binary as `reconciler`, with its coverage and race detector.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"reconciler": main})
}

// TestScripts tells every story in testscript/: what a user types, and all that they then see.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testscript",
		Setup:               setup,
		Cmds:                commands(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
	})
}

// setup gives a script a home, a temporary folder and nodes of its own. Requests for http://nSERIAL.test
// reach the nodes through a proxy, so that addresses, and with them the hashes of commits and all
// outputs, are the same in every run.
func setup(env *testscript.Env) error {
	nodes := newNodes(env.WorkDir)
	env.Defer(nodes.close)
	env.Values[nodesKey{}] = nodes
	env.Vars = append(env.Vars,
		"HOME="+env.WorkDir,
		"TMPDIR="+env.WorkDir+"/.home-tmp",
		"http_proxy="+nodes.proxy.URL,
		"GORACE=atexit_sleep_ms=0", // a program with the race detector would else wait a second at its end
	)
	return os.Mkdir(env.WorkDir+"/.home-tmp", 0o700)
}
