package schema

import (
	"slices"
	"testing"
)

func TestProblemString(t *testing.T) {
	for want, p := range map[string]Problem{
		`a.cue:3:9: cluster.peers."1001".group: no such group [peer-group-exists]`: {
			Rule: "peer-group-exists", Path: []string{"cluster", "peers", "1001", "group"},
			Message: "no such group", At: Position{File: "a.cue", Line: 3, Column: 9},
		},
		"sub: no CUE files [cluster-missing]":     {Rule: "cluster-missing", Message: "no CUE files", At: Position{File: "sub"}},
		"cluster: too much [evaluation-limit]":    {Rule: "evaluation-limit", Path: []string{"cluster"}, Message: "too much"},
		"expected '}' [syntax]":                   {Rule: "syntax", Message: "expected '}'"},
		"a.cue:1:1: name: is missing [no-schema]": {Rule: "no-schema", Path: []string{"name"}, Message: "is missing", At: Position{File: "a.cue", Line: 1, Column: 1}},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestPositionString(t *testing.T) {
	for want, p := range map[string]Position{
		"":                      {},
		"sub":                   {File: "sub"},
		"a.cue:3:9":             {File: "a.cue", Line: 3, Column: 9},
		"origin/main:a.cue:3:9": {Revision: "origin/main", File: "a.cue", Line: 3, Column: 9},
		"HEAD~1:sub":            {Revision: "HEAD~1", File: "sub"},
		"7fdb1912123f":          {Revision: "7fdb1912123f"},
	} {
		if got := p.String(); got != want {
			t.Errorf("%+v: got %s, want %s", p, got, want)
		}
	}
}

func TestJoinPath(t *testing.T) {
	for want, path := range map[string][]string{
		"":                         nil,
		"cluster":                  {"cluster"},
		"cluster.#provider._rule":  {"cluster", "#provider", "_rule"},
		`peers."1001".items`:       {"peers", "1001", "items"},
		`user."".home_dir`:         {"user", "", "home_dir"},
		`user."a.b"."a-b"."a b"`:   {"user", "a.b", "a-b", "a b"},
		`user."a\"b"."\x1b[31m".x`: {"user", `a"b`, "\x1b[31m", "x"},
		`user."zoë".$x`:            {"user", "zoë", "$x"},
	} {
		if got := JoinPath(path); got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
}

func TestCompareProblems(t *testing.T) {
	ascending := []Problem{
		{Message: "z"},
		{At: Position{File: "a.cue", Line: 2, Column: 3}, Path: []string{"a"}, Rule: "a", Message: "a"},
		{At: Position{File: "a.cue", Line: 2, Column: 3}, Path: []string{"a"}, Rule: "a", Message: "b"},
		{At: Position{File: "a.cue", Line: 2, Column: 3}, Path: []string{"a"}, Rule: "b", Message: "a"},
		{At: Position{File: "a.cue", Line: 2, Column: 3}, Path: []string{"b"}, Rule: "a", Message: "a"},
		{At: Position{File: "a.cue", Line: 2, Column: 20}},
		{At: Position{File: "a.cue", Line: 10, Column: 1}},
		{At: Position{File: "b.cue", Line: 1, Column: 1}},
	}
	if !slices.IsSortedFunc(ascending, CompareProblems) {
		t.Error("not in the order of place, path, rule and message")
	}
	for i := range ascending {
		for j := range ascending {
			if got := CompareProblems(ascending[i], ascending[j]); sign(got) != sign(i-j) {
				t.Errorf("%d, %d: got %d", i, j, got)
			}
		}
	}
}
