package main

import (
	"os"
	"path/filepath"
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"
	"go.etcd.io/bbolt"
)

// steadyCmd prints what the last command printed, but for what no two runs have in common: times, the user,
// the ids of saved plans, and how far columns are apart.
func steadyCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: steady stdout|stderr")
	}
	text := ts.ReadFile(args[0])
	for _, vary := range []struct{ pattern, same string }{
		{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`, "TIME"},
		{`(?m)(^|[\s"])[^\s"<]+@[^\s,"]+`, "${1}WHO"},
		{`"[0-9a-f]{32}"`, `"ID"`},
		{`(\S) {3,}`, "$1  "},
	} {
		text = regexp.MustCompile(vary.pattern).ReplaceAllString(text, vary.same)
	}
	_, err := ts.Stdout().Write([]byte(text))
	ts.Check(err)
}

// stateCmd does to a state what no command of ours does.
func stateCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: state newer|damage DIR")
	}
	name := filepath.Join(ts.MkAbs(args[1]), "state.db")
	switch args[0] {
	case "newer":
		db, err := bbolt.Open(name, 0o600, nil)
		ts.Check(err)
		ts.Check(db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte("2")) }))
		ts.Check(db.Close())
	case "damage":
		ts.Check(os.Truncate(name, 5000))
	default:
		ts.Fatalf("state %s: no such verb", args[0])
	}
}
