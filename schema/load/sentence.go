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

// noChoice is a value that fits none of several alternatives.
func (f finding) noChoice() schema.Problem {
	f.said.choices = f.narrowed()
	if len(f.said.choices) == 1 && len(f.said.choices[0].Path) > len(f.Path) {
		return f.said.choices[0].inWords()
	}
	p := f.Problem
	choices, got, plain := f.plainChoices()
	listed := strings.Join(choices, ", ")
	switch {
	case f.onlyHints():
		p.Message = strings.ReplaceAll(strings.Join(f.choicesInWords(), ", and "), ", and "+wantPrefix, ", and ")
	case !plain:
		p.Message = "fits none of what is allowed here: " + strings.Join(f.choicesInWords(), "; or ")
	case slices.ContainsFunc(choices, func(c string) bool { return !isWritten(c) }):
		p.Message = wantPrefix + oneOf(choices) + f.butGot(got)
	case f.said.secret:
		p.Message = "want one of: " + listed
	default:
		p.Message = shown(got) + " is none of: " + listed
		p.Remedy = didYouMean(nearestText(got, choices))
	}
	return p
}

// narrowed are the choices that tell most, if some are hints of the vocabulary: the hints about what lies
// deeper in the value, which stand for its other choices, or else those others, since a hint about the whole
// value is then only a consequence.
func (f finding) narrowed() []finding {
	var hints, deepHints, deep []finding
	for _, c := range f.said.choices {
		below := len(c.Path) > len(f.Path)
		switch {
		case c.isHint() && below:
			deepHints = append(deepHints, c)
		case c.isHint():
			hints = append(hints, c)
		case below:
			deep = append(deep, c)
		}
	}
	switch {
	case len(deepHints) > 0:
		return deepHints
	case len(hints) > 0 && len(deep) > 0:
		return deep
	}
	return f.said.choices
}

func (f finding) isHint() bool { return f.said.form == formOwnWords && f.said.ours }

func (f finding) onlyHints() bool {
	return len(f.said.choices) > 0 && !slices.ContainsFunc(f.said.choices, func(c finding) bool {
		return !c.isHint() || len(c.Path) != len(f.Path)
	})
}

// plainChoices are what a value might have been instead, if all that is wrong is that it is none of them.
// Which side of the conflicts it is shows in that it is in all of them.
func (f finding) plainChoices() (choices []string, got string, plain bool) {
	for _, c := range f.said.choices {
		if c.said.form != formConflict && c.said.form != formMismatch || len(c.Path) != len(f.Path) {
			return nil, "", false
		}
	}
	got = common(f.said.choices)
	for _, c := range f.said.choices {
		i := 1 - slices.Index(c.said.args[:2], got)
		if i > 1 {
			return nil, "", false
		}
		choices = append(choices, wanted(c.said.args[i]))
	}
	slices.Sort(choices)
	return slices.Compact(choices), got, len(choices) > 0
}

// common is the value that is in all conflicts.
func common(conflicts []finding) string {
	if len(conflicts) == 1 {
		return conflicts[0].said.got
	}
	for _, text := range conflicts[0].said.args[:2] {
		if slices.Contains(conflicts[1].said.args[:2], text) {
			return text
		}
	}
	return ""
}

func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return "did you mean " + name + "?"
}

func (f finding) choicesInWords() []string {
	var all []string
	for _, c := range f.said.choices {
		c.said.secret = c.said.secret || f.said.secret
		c.Problem = c.inWords()
		if c.Message == notAllowed {
			c.Message = "there is no such field"
		}
		all = append(all, within(f.Path, c.Problem))
	}
	return slices.Compact(all)
}

// nearestText is the quoted choice that was most likely meant, or "".
func nearestText(got string, choices []string) string {
	var names []string
	for _, c := range choices {
		names = append(names, unquoted(c))
	}
	near := schema.Nearest(unquoted(got), names)
	if i := slices.Index(names, near); near != "" && i >= 0 {
		return choices[i]
	}
	return ""
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
		p.Message = "this refers to a field " + c.args[0] + ", which is not there"
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
