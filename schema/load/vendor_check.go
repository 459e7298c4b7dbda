package load

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// CheckVendored finds what keeps a repository's copy of our module from being this program's own; that
// it has none too.
func CheckVendored(files map[string][]byte) []schema.Problem {
	if isOwn(files) {
		return nil
	}
	edits, err := Upgrade(files)
	if err != nil {
		return []schema.Problem{{Rule: "schema-outdated", At: schema.Position{File: "."}, Message: err.Error()}}
	}
	problems := shadows(files)
	if len(edits) > 0 {
		problems = append(problems, outdated(files, edits))
	}
	return problems
}

// foreignCopy finds, for an evaluation, what is wrong with the copy of our module that files bring. A
// repository need not bring one: then the program takes its own.
func foreignCopy(files map[string][]byte) []schema.Problem {
	switch {
	case isOwn(files):
		return nil
	case names(files[localFile]), copied(files, vendored), copied(files, former):
		return CheckVendored(files)
	default:
		return shadows(files)
	}
}

// copied tells whether there is a copy of our module in a folder.
func copied(files map[string][]byte, dir string) bool {
	for name := range files {
		if strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return false
}

// outdated is the problem that edits would solve.
func outdated(files map[string][]byte, edits []Edit) schema.Problem {
	const remedy = "; run `reconciler schema upgrade`"
	p := schema.Problem{Rule: "schema-outdated"}
	outside := slices.IndexFunc(edits, func(e Edit) bool { return !strings.HasPrefix(e.Name, vendored+"/") })
	switch {
	case outside >= 0:
		p.At.File = edits[outside].Name
		p.Message = "the schema is taken from elsewhere than " + vendored + ", where editors and every cue find it" + remedy
	case !copied(files, vendored):
		p.At.File = vendored
		p.Message = "the copy of the schema is missing" + remedy
	default:
		p.At.File = edits[0].Name
		p.Message = fmt.Sprintf("this copy of the schema is not this program's own (files that differ: %d): "+
			"it is older or newer, or was edited%s, or use the reconciler that it is from", len(edits), remedy)
	}
	return p
}

// shadows finds files that CUE would add to the copy.
func shadows(files map[string][]byte) []schema.Problem {
	own := module()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, dir := range []string{"cue.mod/gen/", "cue.mod/usr/"} {
			if inside, ok := strings.CutPrefix(name, dir+modulePath+"/"); ok && !sameText(files[name], own[inside]) {
				return []schema.Problem{{
					Rule: "schema-outdated", At: schema.Position{File: name},
					Message: "this is not this program's own schema; remove the folder " + dir + modulePath + ", and run `reconciler schema upgrade`",
				}}
			}
		}
	}
	return nil
}

// sameText compares as Git does: it may have checked a file out with the line endings of Windows.
func sameText(a, b []byte) bool {
	unix := func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }
	return bytes.Equal(unix(a), unix(b))
}
