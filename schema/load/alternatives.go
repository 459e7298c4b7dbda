package load

import (
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

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
	if len(f.said.choices) == 0 {
		return nil, "", false
	}
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
		if said := within(f.Path, c.Problem); !slices.Contains(all, said) {
			all = append(all, said)
		}
	}
	return all
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
