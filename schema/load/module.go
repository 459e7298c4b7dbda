package load

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"strconv"
	"strings"

	reconciler "github.com/gitops-reconciler/reconciler"
	"github.com/gitops-reconciler/reconciler/schema"
)

const (
	modulePath = "github.com/gitops-reconciler/reconciler"
	moduleFile = "cue.mod/module.cue"
	localFile  = "cue.mod/local-module.cue"
	vendored   = "cue.mod/pkg/" + modulePath    // where CUE looks for what a module does not say it needs
	former     = "cue.mod/vendor/" + modulePath // where copies lay before, and one is put for a module that says so
)

// module is our own CUE module, from the binary.
func module() map[string][]byte {
	files := map[string][]byte{}
	// An embedded file system has no errors to give.
	_ = fs.WalkDir(reconciler.Module, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(name, ".cue") {
			files[name], err = reconciler.Module.ReadFile(name)
		}
		return err
	})
	return files
}

// withModule adds our own module to the files, unless they are it or bring a copy.
func withModule(files map[string][]byte) map[string][]byte {
	switch own := files[moduleFile]; {
	case isOwn(files), names(files[localFile]), copied(files, vendored):
		return files
	case names(own):
		replace := fmt.Sprintf("\ndeps: %q: replaceWith: %q\n", modulePath+"@v0", "./"+former)
		return inject(files, former, map[string]string{localFile: string(files[localFile]) + replace})
	case len(own) > 0:
		return inject(files, vendored, nil)
	default:
		return inject(files, vendored, map[string]string{
			moduleFile: "module: \"cluster.invalid@v0\"\nlanguage: version: \"v0.17.0\"\n",
		})
	}
}

// isOwn tells whether the files are those of our own repository.
func isOwn(files map[string][]byte) bool {
	return regexp.MustCompile(`(?m)^module:\s*"` + regexp.QuoteMeta(modulePath) + `["@]`).Match(files[moduleFile])
}

// names tells whether a module file says that our module is needed.
func names(file []byte) bool { return bytes.Contains(file, []byte(`"`+modulePath+`@`)) }

func inject(files map[string][]byte, dir string, more map[string]string) map[string][]byte {
	all := make(map[string][]byte, len(files)+32)
	maps.Copy(all, files)
	for name, data := range module() {
		all[path.Join(dir, name)] = data
	}
	for name, data := range more {
		all[name] = []byte(data)
	}
	return all
}

// tooOld says of a module in an older version of the language that it cannot use ours: CUE itself would
// complain about our lines instead.
func tooOld(files map[string][]byte) []schema.Problem {
	need := 15 // for error(), and for == between values of two types
	if names(files[moduleFile]) && !copied(files, vendored) {
		need = 17 // for replaceWith
	}
	at := regexp.MustCompile(`(?m)^(language:\s*\{?\s*version:\s*)"v0\.(\d+)`).FindSubmatchIndex(files[moduleFile])
	if at == nil {
		return nil
	}
	minor, err := strconv.Atoi(string(files[moduleFile][at[4]:at[5]]))
	if err != nil || minor >= need {
		return nil
	}
	before := files[moduleFile][:at[3]]
	return []schema.Problem{{
		Rule: "module-language", Path: []string{"language", "version"},
		Message: fmt.Sprintf("the schema is written in a newer version of CUE; write %q or later", fmt.Sprintf("v0.%d.0", need)),
		At: schema.Position{
			File: moduleFile, Line: 1 + bytes.Count(before, []byte("\n")), Column: len(before) - bytes.LastIndexByte(before, '\n'),
		},
	}}
}
