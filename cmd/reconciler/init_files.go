package main

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"text/template"

	"github.com/gitops-reconciler/reconciler/schema/load"
)

// scaffold are the templates of a new repository's files.
//
//go:embed scaffold
var scaffold embed.FS

// blanks are what the templates leave open.
type blanks struct {
	Name, Provider, Module string
	Credentials            string   // of every peer, in CUE; "" if the product needs none
	Folder                 string   // the cluster's, with a slash at the end; "" for the root
	At                     string   // the flag that leads a command there
	Many, Items            bool     // whether there may be other clusters, and whether items.cue is written
	Checks                 []string // the lines of a shell that check every cluster
	Version                string   // what `go install` is asked for
}

func (s seed) blanks(credentials string) blanks {
	b := blanks{
		Name: s.name, Provider: s.provider, Module: s.module, Credentials: credentials,
		Version: installable(version()), Checks: []string{"reconciler validate"},
	}
	_, err := fs.Stat(scaffold, s.items())
	b.Items = err == nil
	if s.layout == "many" {
		b.Many, b.Folder, b.At = true, "clusters/"+s.name+"/", " -C clusters/"+s.name
		b.Checks = []string{
			"status=0",
			`for cluster in clusters/*/; do reconciler validate -C "$cluster" || status=$?; done`,
			"exit $status",
		}
	}
	return b
}

// items is the template with a product's example, which not every product has.
func (s seed) items() string { return "scaffold/items/" + s.provider + ".cue.tmpl" }

// installable is a version that others can install; that of a checkout is not one.
func installable(version string) string {
	if regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`).MatchString(version) {
		return version
	}
	return "latest"
}

// files are all those of the new repository, the schema's copy included, sorted by what people read first.
func (s seed) files(credentials string) ([]load.Edit, error) {
	b := s.blanks(credentials)
	var edits []load.Edit
	for _, f := range s.places(b) {
		data, err := render(f.template, b)
		if err != nil {
			return nil, err
		}
		edits = append(edits, load.Edit{Name: f.name, Data: data, New: true})
	}
	module := edits[len(edits)-1]
	copied, err := load.Upgrade(map[string][]byte{module.Name: module.Data})
	if err != nil {
		return nil, failf(exitError, "--module %s: %w", s.module, err)
	}
	return append(edits, copied...), nil
}

type place struct{ name, template string }

// places says which template becomes which file; the last is the module's.
func (s seed) places(b blanks) []place {
	all := []place{{b.Folder + "cluster.cue", "scaffold/cluster.cue.tmpl"}}
	if b.Items {
		all = append(all, place{b.Folder + "items.cue", s.items()})
	}
	all = append(
		all,
		place{"README.md", "scaffold/README.md.tmpl"},
		place{".gitignore", "scaffold/gitignore.tmpl"},
		place{".githooks/pre-commit", "scaffold/pre-commit.tmpl"},
	)
	if s.ci == "github" || s.ci == "both" {
		all = append(all, place{".github/workflows/validate.yml", "scaffold/github.yml.tmpl"})
	}
	if s.ci == "gitlab" || s.ci == "both" {
		all = append(all, place{".gitlab-ci.yml", "scaffold/gitlab.yml.tmpl"})
	}
	return append(all, place{"cue.mod/module.cue", "scaffold/module.cue.tmpl"})
}

func render(name string, b blanks) ([]byte, error) {
	t, err := template.ParseFS(scaffold, name)
	if err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, b); err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	return out.Bytes(), nil
}
