package schema

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
)

// Problem is one thing that is wrong with a configuration, in words for the person who wrote it.
type Problem struct {
	Rule    string   `json:"rule"` // stable id, as in [peer-group-exists]
	Path    []string `json:"path,omitempty"`
	Message string   `json:"message"`          // what is wrong
	Remedy  string   `json:"remedy,omitempty"` // what to do
	At      Position `json:"at,omitzero"`

	Related []Related `json:"related,omitempty"` // other places that have to do with it
}

// Related is another place that a problem has to do with: the peer that has the same address, the value
// that this one conflicts with.
type Related struct {
	Path    []string `json:"path,omitempty"`
	Message string   `json:"message"` // what is there
	At      Position `json:"at,omitzero"`
}

// Position is a place in a file that the user wrote.
type Position struct {
	// Revision is the commit that the file is in, as people call it; "" for the files that are looked at.
	Revision string `json:"revision,omitempty"`

	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`   // from 1
	Column int    `json:"column,omitempty"` // in bytes, from 1
}

// String is file:line:col, as compilers print it, after REVISION: where it is of another commit, as Git
// names files. What is only known to be of a commit is the commit.
func (p Position) String() string {
	text := p.File
	if p.Line > 0 {
		text = fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	if p.Revision != "" && text != "" {
		return p.Revision + ":" + text
	}
	return p.Revision + text
}

// String is file:line:col: path: message; remedy [rule].
func (p Problem) String() string {
	var b strings.Builder
	if p.At.File != "" {
		fmt.Fprintf(&b, "%s: ", p.At)
	}
	fmt.Fprintf(&b, "%s [%s]", p.Sentence(), p.Rule)
	return b.String()
}

// Sentence is path: message; remedy, for where the place and the rule are shown beside it.
func (p Problem) Sentence() string {
	sentence := p.Message
	if len(p.Path) > 0 {
		sentence = JoinPath(p.Path) + ": " + sentence
	}
	if p.Remedy != "" {
		sentence += "; " + p.Remedy
	}
	return sentence
}

// String is file:line:col: message.
func (r Related) String() string { return r.At.String() + ": " + r.Message }

// JoinPath writes a path as CUE does: labels that are not plain names are quoted.
func JoinPath(path []string) string {
	labels := make([]string, len(path))
	for i, label := range path {
		labels[i] = label
		if label == "" || digit(label[0]) || strings.ContainsFunc(label, special) {
			labels[i] = fmt.Sprintf("%q", label)
		}
	}
	return strings.Join(labels, ".")
}

func special(r rune) bool {
	return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_#$", r)
}

// CompareProblems orders problems by place, then by what they say.
func CompareProblems(a, b Problem) int {
	return cmp.Or(
		strings.Compare(a.At.File, b.At.File),
		cmp.Compare(a.At.Line, b.At.Line),
		cmp.Compare(a.At.Column, b.At.Column),
		strings.Compare(JoinPath(a.Path), JoinPath(b.Path)),
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Message, b.Message),
	)
}
