// Package diagnostics writes what is wrong with a configuration in the formats that people, programs and
// forges read: text, JSON, SARIF, JUnit and the workflow commands of GitHub.
//
// It is pure: it takes a report and returns bytes, and whoever calls it writes them. Messages and names
// come from files that anyone may have written; in no format can they act on a terminal, or be taken for
// a part of the format.
package diagnostics

import (
	"fmt"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Report is the outcome of a validation.
type Report struct {
	Cluster  string           // its name, if the configuration is valid
	Product  string           // the name of its provider, if the configuration is valid
	Problems []schema.Problem // sorted by place; none if the configuration is valid
	Rules    []schema.Rule    // all that there are
	Version  string           // of this program

	// Against is the commit that a valid configuration was compared with, or "". The problems are then those
	// of the change.
	Against string
}

// Most is how many problems are shown: the rest mostly follows from the first.
const Most = 50

// Formats are what Encode knows.
func Formats() []string { return []string{"json", "sarif", "junit", "github"} }

// Encode writes a report in one of Formats. It fails on another format.
func Encode(format string, r Report) ([]byte, error) {
	switch format {
	case "json":
		return encodeJSON(r)
	case "sarif":
		return encodeSARIF(r)
	case "junit":
		return encodeJUnit(r)
	case "github":
		return encodeGitHub(r), nil
	default:
		return nil, fmt.Errorf("there is no format %q", format)
	}
}

// shown are the problems that a document holds.
func (r Report) shown() []schema.Problem { return r.Problems[:min(Most, len(r.Problems))] }

// hidden says how many problems a document does not hold, or "".
func (r Report) hidden() string {
	if n := len(r.Problems) - Most; n > 0 {
		return fmt.Sprintf("... and %d more", n)
	}
	return ""
}

// rules are those that were checked: the ones for all products, the product's own, those of changes if there
// was one, and whichever a problem names, so that no problem is without its rule.
func (r Report) rules() []schema.Rule {
	named := map[string]bool{}
	for _, p := range r.Problems {
		named[p.Rule] = true
	}
	checked := slices.DeleteFunc(slices.Clone(r.Rules), func(rule schema.Rule) bool {
		unasked := rule.Product != "" && rule.Product != r.Product || rule.Transition && r.Against == ""
		return unasked && !named[rule.ID]
	})
	for _, p := range r.Problems {
		if !slices.ContainsFunc(checked, func(rule schema.Rule) bool { return rule.ID == p.Rule }) {
			checked = append(checked, schema.Rule{ID: p.Rule, Sentence: p.Rule})
		}
	}
	return checked
}

// unread tells whether there may have been no cluster to check.
func (r Report) unread() bool {
	return slices.ContainsFunc(r.Problems, func(p schema.Problem) bool {
		return slices.Contains([]string{"syntax", "import", "schema", "cluster-missing", "evaluation-limit"}, p.Rule)
	})
}
