package load

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

const (
	plainModule = "module: \"example.org/infra@v0\"\nlanguage: version: \"v0.17.0\"\n"
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
	for name, files := range map[string]map[string]string{
		"nothing vendored":      {moduleFile: needsOurs},
		"not even needed":       {moduleFile: plainModule},
		"an edited file":        {moduleFile: needsOurs, vendored + "/schema/peer.cue": "package schema"},
		"an empty file":         {moduleFile: needsOurs, vendored + "/schema/peer.cue": ""},
		"a file too many":       {moduleFile: needsOurs, vendored + "/schema/deep/er.cue": "package deeper"},
		"led elsewhere":         {moduleFile: needsOurs, localFile: "deps: \"" + modulePath + "@v0\": replaceWith: \"./fork\"\n"},
		"led without a version": {moduleFile: plainModule, localFile: "deps: \"" + modulePath + "@v0\": replaceWith: \"./" + vendored + "\"\n"},
		"only others replaced":  {moduleFile: needsOurs, localFile: "deps: \"example.org/w@v0\": {v: \"v0.0.0\", replaceWith: \"./w\"}\n"},
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
			for _, kept := range []string{moduleFile, "cluster.cue"} {
				if string(after[kept]) != files[kept] {
					t.Errorf("%s was changed to %s", kept, after[kept])
				}
			}
			if strings.Contains(files[localFile], "example.org/w@v0") != bytes.Contains(after[localFile], []byte("example.org/w@v0")) {
				t.Errorf("another module was lost from:\n%s", after[localFile])
			}
		})
	}
}

func TestUpgradeRefuses(t *testing.T) {
	for want, files := range map[string]map[string][]byte{
		"there is no cue.mod/module.cue": {"cluster.cue": nil},
		"the schema's own repository":    {moduleFile: []byte("module: \"" + modulePath + "@v0\"\n")},
		"invalid module file":            {moduleFile: []byte("module: {\n")},
		"replace is not allowed":         {moduleFile: []byte(strings.ReplaceAll(needsOurs, "17", "16"))},
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
	files := upgraded(t, map[string]string{moduleFile: needsOurs})
	if problems := foreignCopy(files); problems != nil {
		t.Errorf("our own copy: %v", problems)
	}
	if problems := foreignCopy(map[string][]byte{moduleFile: []byte(needsOurs)}); problems != nil {
		t.Errorf("no copy: %v", problems)
	}
	files[localFile] = bytes.ReplaceAll(files[localFile], []byte("\n"), []byte("\r\n"))
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
