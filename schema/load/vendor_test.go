package load

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

const (
	plainModule = "module: \"example.org/infra@v0\"\nlanguage: version: \"v0.15.0\"\n"
	needsOurs   = plainModule + "deps: \"" + modulePath + "@v0\": v: \"v0.0.0\"\n"
)

// upgraded carries out an upgrade.
func upgraded(t *testing.T, files map[string]string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for name, text := range files {
		all[name] = []byte(text)
	}
	edits, err := Upgrade(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range edits {
		if _, there := all[edit.Name]; there == edit.New {
			t.Errorf("%s: there %v, new %v", edit.Name, there, edit.New)
		}
		if edit.Data == nil {
			delete(all, edit.Name)
			continue
		}
		all[edit.Name] = edit.Data
	}
	return all
}

func TestUpgradeHealsEveryCopy(t *testing.T) {
	const others = "example.org/w@v0\": {v: \"v0.0.0\", replaceWith: \"./w\"}\n"
	for name, files := range map[string]map[string]string{
		"nothing copied":        {moduleFile: needsOurs},
		"not even needed":       {moduleFile: plainModule},
		"an edited file":        {moduleFile: plainModule, vendored + "/schema/peer.cue": "package schema"},
		"an empty file":         {moduleFile: plainModule, vendored + "/schema/peer.cue": ""},
		"a file too many":       {moduleFile: plainModule, vendored + "/schema/deep/er.cue": "package deeper"},
		"where it was before":   {moduleFile: needsOurs, localFile: formerComment + leadsTo(former), former + "/schema/peer.cue": "package schema"},
		"left behind":           {moduleFile: plainModule, former + "/schema/peer.cue": "package schema"},
		"led elsewhere":         {moduleFile: needsOurs, localFile: leadsTo("fork")},
		"led without a version": {moduleFile: plainModule, localFile: leadsTo(former)},
		"only others replaced":  {moduleFile: needsOurs, localFile: "deps: \"" + others},
		"only in a comment":     {moduleFile: plainModule, localFile: "// Not \"" + modulePath + "@v0\".\ndeps: \"" + others},
		"not as cue fmt has it": {moduleFile: plainModule, localFile: "deps:   \"" + others},
		"others replaced too":   {moduleFile: needsOurs, localFile: leadsTo("fork") + "// The words.\ndeps: \"" + others},
	} {
		t.Run(name, func(t *testing.T) {
			files["cluster.cue"] = "package mine"
			after := upgraded(t, files)
			if problems := CheckVendored(after); problems != nil {
				t.Errorf("after an upgrade: %v", problems)
			}
			if edits, err := Upgrade(after); err != nil || len(edits) > 0 {
				t.Errorf("a second upgrade does %v, %v", edits, err)
			}
			if string(after[moduleFile]) != plainModule || string(after["cluster.cue"]) != files["cluster.cue"] {
				t.Errorf("changed to %s%s", after[moduleFile], after["cluster.cue"])
			}
			for _, kept := range []string{"example.org/w@v0", "The words.", "deps:   "} {
				if strings.Contains(files[localFile], kept) != bytes.Contains(after[localFile], []byte(kept)) {
					t.Errorf("%s was lost from:\n%s", kept, after[localFile])
				}
			}
			if copied(after, former) || after[localFile] != nil && !strings.Contains(files[localFile], others) {
				t.Errorf("left: %s", after[localFile])
			}
		})
	}
}

func leadsTo(dir string) string {
	return "deps: \"" + modulePath + "@v0\": replaceWith: \"./" + dir + "\"\n"
}

func TestUpgradeRefuses(t *testing.T) {
	for want, files := range map[string]map[string][]byte{
		"there is no cue.mod/module.cue": {"cluster.cue": nil},
		"the schema's own repository":    {moduleFile: []byte("module: \"" + modulePath + "@v0\"\n")},
		"invalid module file":            {moduleFile: []byte("module: {\n")},
		"expected '}'":                   {moduleFile: []byte(plainModule), localFile: []byte("deps: {\"" + modulePath + "@v0\": {}\n")},
	} {
		edits, err := Upgrade(files)
		if err == nil || !strings.Contains(err.Error(), want) || edits != nil {
			t.Errorf("got %v, %v; want an error with %q", edits, err, want)
		}
	}
}

// TestForeignCopyIsRefused changes each file of a copy in turn; a copy as it should be is not refused,
// nor is none.
func TestForeignCopyIsRefused(t *testing.T) {
	files := upgraded(t, map[string]string{moduleFile: plainModule})
	if problems := foreignCopy(files); problems != nil {
		t.Errorf("our own copy: %v", problems)
	}
	if problems := foreignCopy(map[string][]byte{moduleFile: []byte(needsOurs)}); problems != nil {
		t.Errorf("no copy: %v", problems)
	}
	for name, elsewhere := range map[string]map[string][]byte{
		"a fork":           {moduleFile: []byte(needsOurs), localFile: []byte(leadsTo("fork"))},
		"where it was":     {moduleFile: []byte(needsOurs), former + "/schema/more.cue": []byte("package schema")},
		"and nobody needs": {moduleFile: []byte(plainModule), former + "/schema/more.cue": []byte("package schema")},
	} {
		if problems := foreignCopy(elsewhere); len(problems) != 1 || problems[0].Rule != "schema-outdated" {
			t.Errorf("%s: %v", name, problems)
		}
	}
	for name := range Vendored() {
		kept := files[name]
		files[name] = slices.Concat(kept, []byte("// more\n"))
		problems := foreignCopy(files)
		if len(problems) != 1 || problems[0].Rule != "schema-outdated" || problems[0].At.File != name {
			t.Errorf("%s: %v", name, problems)
		}
		files[name] = bytes.ReplaceAll(kept, []byte("\n"), []byte("\r\n"))
		if problems := foreignCopy(files); problems != nil {
			t.Errorf("%s as Windows has it: %v", name, problems)
		}
		files[name] = kept
	}
}

func TestProviders(t *testing.T) {
	names := Providers()
	if !slices.Contains(names, "sftpgo") || slices.Contains(names, "rest") || !slices.IsSorted(names) {
		t.Errorf("got %v", names)
	}
}
