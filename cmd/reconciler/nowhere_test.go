package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// nowhereCmd looks for a text in every file of a script's folder, but for the nodes' own: as it is, and as
// base64 and hexadecimal have it. A script that leaves no files proves nothing.
func nowhereCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: nowhere TEXT")
	}
	searched := 0
	ts.Check(filepath.WalkDir(ts.MkAbs("."), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == ".nodes" {
				return filepath.SkipDir
			}
			return err
		}
		data, err := os.ReadFile(name)
		if holds(data, args[0]) {
			ts.Logf("%s holds %s", name, args[0])
			ts.Fatalf("a secret has got out")
		}
		searched++
		return err
	}))
	if searched < 10 {
		ts.Fatalf("only %d files were searched", searched)
	}
}

// holds tells whether a text is in data, in one of the forms in which it usually gets out.
func holds(data []byte, text string) bool {
	forms := []string{text, hex.EncodeToString([]byte(text))}
	for shift := range 3 { // base64 of a longer text has it in one of three ways, but for its ends
		whole := base64.StdEncoding.EncodeToString(append(make([]byte, shift), text...))
		forms = append(forms, whole[4:len(whole)-4])
	}
	return slices.ContainsFunc(forms, func(form string) bool { return bytes.Contains(data, []byte(form)) })
}

func TestHoldsFindsWhatIsEncoded(t *testing.T) {
	const secret = "canary-in-a-mine"
	for _, around := range []string{"", "a", "ab", "abc", "user:"} {
		text := []byte(around + secret + around)
		for _, data := range []string{string(text), hex.EncodeToString(text), base64.StdEncoding.EncodeToString(text)} {
			if !holds([]byte("x"+data+"y"), "canary-") {
				t.Errorf("it is not found in %s", data)
			}
		}
	}
	if holds([]byte("nothing of the kind"), "canary-") {
		t.Error("it is found where it is not")
	}
}

// TestChildIsToldNothing: the program that evaluates gets one argument, whatever this one was given.
func TestChildIsToldNothing(t *testing.T) {
	a := &app{process: process{executable: "/bin/reconciler", args: []string{"plan", "canary"}}, dir: t.TempDir()}
	if child := a.loader().Child; !slices.Equal(child.Args, []string{"reconciler", evaluateName}) {
		t.Errorf("it is started with %q", child.Args)
	}
}
