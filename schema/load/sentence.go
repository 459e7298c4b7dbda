package load

import (
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// What CUE says of a value, as sentences: what is wrong, and what to do. What it says of fields, that one is
// not allowed or not there, is said in explain.go, where the vocabulary is at hand.

// problems are findings in words.
func problems(findings []finding) []schema.Problem {
	all := make([]schema.Problem, 0, len(findings))
	for _, f := range findings {
		all = append(all, f.inWords())
	}
	return all
}

// inWords is the problem that a finding is. One that nothing is made of stays in CUE's words.
func (f finding) inWords() schema.Problem {
	if f.Rule != "schema" {
		return f.Problem
	}
	switch f.said.form {
	case formConflict, formMismatch, formBound:
		return f.mismatch()
	case formNone:
		return f.noChoice()
	case formOwnWords:
		return f.hint()
	case "", notAllowed, notPresent:
		return f.Problem
	}
	return f.other()
}

// mismatch is one value that is not what is wanted, or two of the user's own.
func (f finding) mismatch() schema.Problem {
	p := f.Problem
	switch {
	case f.said.want == "":
		if f.said.secret {
			p.Message = "two values that do not agree"
		}
	case f.said.other.File != "":
		p.Message, p.Remedy = "two values that differ", "keep one"
		other := schema.Related{Path: p.Path, Message: "the other value", At: f.said.other}
		if !f.said.secret {
			p.Message += ": " + shown(f.said.got) + " and " + shown(f.said.want)
			other.Message = "the value " + shown(f.said.want)
		}
		p.Related = []schema.Related{other}
	default:
		p.Message = wantPrefix + wanted(f.said.want) + f.butGot(f.said.got)
		p.Remedy = respell(f.said)
	}
	return p
}

// butGot tells what was written instead, unless it may be a secret.
func (f finding) butGot(got string) string {
	if f.said.secret || got == "" {
		return ""
	}
	return ", got " + shown(got)
}

// respell says how the same value is written as what is wanted.
func respell(c complaint) string {
	got := unquoted(c.got)
	switch {
	case c.secret || c.form != formMismatch:
		return ""
	case isNumber(c.got) && c.want == "string":
		return `write it in quotes: "` + c.got + `"`
	case !isText(c.got):
		return ""
	case c.want == "bool" && (got == "true" || got == "false"), isNumber(got) && numeric(c.want):
		return "write it without quotes: " + shown(got)
	case strings.HasPrefix(c.want, "["):
		return "write it in brackets: [" + shown(c.got) + "]"
	}
	return ""
}

// numeric tells whether a type or a bound is one of numbers.
func numeric(want string) bool {
	kinds := []string{"int", "uint", "number", "float", ">", "<"}
	return slices.ContainsFunc(kinds, func(kind string) bool { return strings.HasPrefix(want, kind) })
}

// hint is what an error() says: in the vocabulary's it is what was wanted.
func (f finding) hint() schema.Problem {
	p := f.Problem
	if f.said.ours {
		p.Message = wantPrefix + p.Message
	}
	return p
}

const wantPrefix = "want "

const (
	typeOnly  = "this is a type, not yet a value"
	undefined = "nothing is called " // then CUE makes nothing of the whole package

	isNotThere = ", which is not there"
)

// other is what CUE says of what is not yet, or never, a value.
func (f finding) other() schema.Problem {
	p := f.Problem
	switch c := f.said; c.form {
	case formTypeOnly:
		p.Message, p.Remedy = typeOnly, "write "+wanted(c.args[0])
	case formOperand:
		p.Message = "this cannot be worked out: something in it is only a type (" + c.args[0] + ") or refers back to it"
	case formNoField:
		p.Message = "this refers to a field " + c.args[0] + isNotThere
	case formLengths:
		p.Message, p.Remedy = "two lists, of "+c.args[0]+" and "+c.args[1]+" elements, for one field", "write the whole list in one place"
	case formUnknown:
		p.Message, p.Remedy = undefined+c.args[0]+" here", define(c.args[0])
	case formCheck:
		p.Message = unchecked(c.args[1])
	default:
		if c.secret {
			p.Message = "this does not fit, and is not repeated since it may be a secret"
		}
	}
	return p
}

// unchecked says what one of CUE's own checks found.
func unchecked(check string) string {
	if strings.Contains(check, "UniqueItems") {
		return "want a list that names nothing twice"
	}
	return "want a value that satisfies " + check
}

// define says how to get at what a name stands for: a package that it may mean, or text without quotes.
func define(name string) string {
	if path := importable(unquoted(name)); path != "" {
		return "write: import " + quoted(path)
	}
	return "define it, or if it is text, write it in quotes"
}

// importable is the package of ours, or of CUE's own, that a name is that of.
func importable(name string) string {
	standard := []string{"list", "math", "net", "regexp", "strconv", "strings", "struct", "time"}
	switch _, product := module()["providers/"+name+"/"+name+".cue"]; {
	case product:
		return modulePath + "/providers/" + name
	case name == "schema":
		return modulePath + "/schema"
	case slices.Contains(standard, name):
		return name
	}
	return ""
}
