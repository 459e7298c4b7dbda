package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gitops-reconciler/reconciler/providers/node"
)

// commands are those of the scripts, beside testscript's own:
//
//	node start SERIAL...            start nodes, at http://nSERIAL.test
//	node put SERIAL KIND/ID BODY    act on a node directly, behind the reconciler's back
//	node delete SERIAL KIND/ID
//	node show SERIAL KIND/ID        ! node show: it does not have it
//	node asked SERIAL               what the reconciler asked of it since the last time
//	node reset SERIAL               lose all data, as a reinstalled server does
//	node listen SERIAL              start a node at a free port, in $NSERIAL as host:port
//	node close SERIAL               close that port; node listen opens the same one again
//	node hold SERIAL N              let N writes through, and make those after them wait
//	node held SERIAL                wait until a write waits
//	node release SERIAL             let everything through
//	node bad SERIAL MODE [METHOD [PART]]   misbehave, as cmd/node --bad does, on requests with that method
//	                                and that part of a path
//	node good SERIAL                behave again
//	expand FILE...                  replace $VARIABLES in files
//	commit MESSAGE                  commit all files of the current folder
//	exits CODE COMMAND ARG...       run a command that must end with this code
//	mode FILE WANT                  compare a file's permissions
//	until FILE PATTERN              wait until a file that is being written matches
//	ci CODE github JOB STEP         run a step that a job of examples/ci comes to, which must end with this code
//	ci CODE gitlab JOB
//	steady STREAM                   print what was printed, but for times, the user, ids and the width of columns
//	state newer DIR                 make it the state of a later version
//	state damage DIR                cut it off
//	nowhere TEXT                    find a text in no file that is there but for the nodes' own
func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"node":    nodeCmd,
		"expand":  expandCmd,
		"commit":  commitCmd,
		"exits":   exitsCmd,
		"mode":    modeCmd,
		"until":   untilCmd,
		"ci":      ciCmd,
		"steady":  steadyCmd,
		"state":   stateCmd,
		"nowhere": nowhereCmd,
	}
}

type nodesKey struct{}

func nodeCmd(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg && args[0] != "show" {
		ts.Fatalf("usage: node VERB SERIAL ...")
	}
	nodes := ts.Value(nodesKey{}).(*nodes)
	verb, serial, rest := args[0], args[1], args[2:]
	switch verb {
	case "start":
		for _, serial := range args[1:] {
			ts.Check(nodes.start(serial))
		}
	case "reset":
		ts.Check(nodes.reset(serial))
	case "listen":
		address, err := nodes.listen(serial)
		ts.Check(err)
		ts.Setenv("N"+serial, address)
	case "close":
		ts.Check(nodes.at(serial).listener.Close())
	case "hold":
		n, err := strconv.Atoi(rest[0])
		ts.Check(err)
		nodes.at(serial).gate.hold(n)
	case "held":
		if !nodes.at(serial).gate.awaitHeld(time.Minute) {
			ts.Fatalf("no write came")
		}
	case "release":
		nodes.at(serial).gate.release()
	case "bad":
		var mode node.Fault
		ts.Check(mode.Set(rest[0]))
		where := append(rest[1:], "", "")
		nodes.at(serial).fault.set(mode, where[0], where[1])
	case "asked":
		_, err := fmt.Fprint(ts.Stdout(), nodes.at(serial).fault.asked())
		ts.Check(err)
	case "good":
		nodes.at(serial).fault.set("", "", "")
	case "put", "delete", "show":
		actOnNode(ts, nodes.at(serial).node, verb, neg, rest)
	default:
		ts.Fatalf("node %s: no such verb", verb)
	}
}

// actOnNode sends one request to a node, around everything that the reconciler goes through.
func actOnNode(ts *testscript.TestScript, handler http.Handler, verb string, neg bool, args []string) {
	method := map[string]string{"put": http.MethodPut, "delete": http.MethodDelete, "show": http.MethodGet}[verb]
	kind, id, _ := strings.Cut(args[0], "/")
	body := strings.Join(args[1:], " ")
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(method, "/v1/kinds/"+kind+"/items/"+id, strings.NewReader(body)))
	if recorder.Code >= 300 != neg {
		ts.Fatalf("%s %s: %d %s", verb, args[0], recorder.Code, recorder.Body)
	}
	_, err := fmt.Fprintln(ts.Stdout(), recorder.Body)
	ts.Check(err)
}

// exitsCmd is exec where the very code matters.
func exitsCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("it exits with %d, want %s", code, args[0])
	}
}

func expandCmd(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// commitCmd commits with a fixed name and date, so that the hash depends on the files alone.
func commitCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: commit MESSAGE")
	}
	dir := ts.MkAbs(".")
	repo, err := git.PlainOpen(dir)
	if err != nil {
		repo, err = git.PlainInit(dir, false)
	}
	ts.Check(err)
	tree, err := repo.Worktree()
	ts.Check(err)
	ts.Check(tree.AddGlob("*.cue"))
	_, err = tree.Commit(args[0], &git.CommitOptions{All: true, Author: &object.Signature{
		Name: "Ada", Email: "ada@example.com", When: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
	}})
	ts.Check(err)
}

func untilCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: until FILE PATTERN")
	}
	pattern := regexp.MustCompile(args[1])
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(time.Minute)
	for {
		data, _ := os.ReadFile(ts.MkAbs(args[0]))
		if pattern.Match(data) {
			return
		}
		select {
		case <-ticker.C:
		case <-deadline:
			ts.Fatalf("%s never matched %s; it has:\n%s", args[0], args[1], data)
		}
	}
}

func modeCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode FILE WANT")
	}
	info, err := os.Stat(filepath.Clean(ts.MkAbs(args[0])))
	ts.Check(err)
	if got := info.Mode().Perm().String(); got != args[1] {
		ts.Fatalf("%s: mode %s, want %s", args[0], got, args[1])
	}
}
