package load

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/literal"

	"github.com/gitops-reconciler/reconciler/schema"
)

// explain says of fields that are not allowed what was meant, or what is allowed; of those that are not
// there what they are; and of a value that an error() refuses what it is. A field that is missing only
// because its name is misspelt is one mistake, not two.
func (p pkg) explain(found []schema.Problem) []schema.Problem {
	p.shorten(found)
	meant := map[string]bool{}
	for i, problem := range found {
		if problem.Rule == "schema" && problem.Message == notAllowed {
			found[i] = p.misspelt(problem, meant)
		}
	}
	found = slices.DeleteFunc(found, func(problem schema.Problem) bool {
		return problem.Message == notPresent && meant[schema.JoinPath(problem.Path)]
	})
	for i, problem := range found {
		switch {
		case problem.Rule != "schema":
		case problem.Message == notPresent:
			found[i] = p.missing(problem)
		case problem.Message == typeOnly:
			found[i] = p.untyped(problem)
		case strings.HasPrefix(problem.Message, wantPrefix):
			found[i] = p.refused(problem)
		}
	}
	return found
}

// shorten lets problems with what is not allowed begin at the first field of their path that is not. CUE may
// speak of one that is deeper in it.
func (p pkg) shorten(found []schema.Problem) {
	for i, problem := range found {
		if problem.Rule != "schema" || problem.Message != notAllowed {
			continue
		}
		if n := p.words.reach(problem.Path); n < len(problem.Path) {
			found[i].Path, found[i].At = problem.Path[:n], p.label(problem.Path[:n])
		}
	}
}

// label is the place of a field's name, where locate would find its value.
func (p pkg) label(path []string) schema.Position {
	return p.locate(append(slices.Clone(path), ""))
}

// misspelt is a problem with a field that is not allowed.
func (p pkg) misspelt(problem schema.Problem, meant map[string]bool) schema.Problem {
	if problem.At == p.locate(problem.Path) {
		problem.At = p.label(problem.Path)
	}
	last := len(problem.Path) - 1
	if last < 0 {
		return problem
	}
	name, here := problem.Path[last], p.words.at(problem.Path[:last])
	problem.Message = "there is no field " + quoted(name) + " here"
	advice := here.insteadOf(name)
	for _, n := range advice.meant {
		meant[schema.JoinPath(append(slices.Clone(problem.Path[:last]), n))] = true
	}
	problem.Remedy = advice.remedy
	return problem
}

// reach is how many labels of a path there are to its first field that is not allowed.
func (v *vocabulary) reach(path []string) int {
	for n := 2; n < len(path); n++ {
		if here := v.at(path[:n-1]); here.value.Exists() && !here.has(path[n-1]) {
			return n
		}
	}
	return len(path)
}

// untyped is a problem with a type where a value should be.
func (p pkg) untyped(problem schema.Problem) schema.Problem {
	plain := problem.Remedy == "write "+wanted("string") || problem.Remedy == "write "+wanted("int")
	if form := p.form(p.words.at(problem.Path)); plain && form != "" {
		problem.Remedy = "write " + form
	}
	return problem
}

func (p pkg) missing(problem schema.Problem) schema.Problem {
	if len(problem.Path) == 0 {
		return problem
	}
	here := p.words.at(problem.Path)
	problem.Message = problem.Path[len(problem.Path)-1] + " is required"
	if about := cmp.Or(firstSentence(here.value), p.form(here)); about != "" {
		problem.Message += ": " + about
	}
	return problem
}

// firstSentence is that of a field's comment, without the requirements that it names.
func firstSentence(value cue.Value) string {
	var text string
	for _, comment := range value.Doc() {
		text += strings.Join(strings.Fields(comment.Text()), " ")
	}
	text, _, _ = strings.Cut(text, ". ")
	text, _, _ = strings.Cut(strings.TrimSuffix(text, "."), " (")
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	if second, _ := utf8.DecodeRuneInString(text[size:]); unicode.IsUpper(second) {
		return text
	}
	return string(unicode.ToLower(first)) + text[size:]
}

// form is what a value must be here. It is what is said of one that is not.
func (p pkg) form(here *placed) string {
	if here.form == nil && here.value.Exists() {
		here.form = new(string)
		wrong := here.value.Unify(cuecontext.New().CompileString("null"))
		if said := p.diagnose(errors.Errors(wrong.Err())); len(said) > 0 {
			*here.form = formOf(said[0].Message)
		}
	}
	if here.form == nil {
		return ""
	}
	return *here.form
}

func formOf(message string) string {
	if choices, found := strings.CutPrefix(message, "null is none of: "); found {
		return "one of " + choices
	}
	form, found := strings.CutPrefix(strings.TrimSuffix(message, ", got null"), wantPrefix)
	if !found {
		return ""
	}
	return form
}

// refused is a problem with a value that an error() refuses, and now shows that value, unless it may be a
// secret.
func (p pkg) refused(problem schema.Problem) schema.Problem {
	text := p.literals()[problem.At]
	hint := strings.TrimPrefix(problem.Message, wantPrefix)
	secret := strings.Contains(hint, "secret") || p.words.mayBeSecret(problem.Path) || signsIn(text)
	if text == "" || secret || strings.Contains(hint, ", got ") {
		return problem
	}
	if plain, err := literal.Unquote(text); err == nil {
		text = quoted(plain)
	}
	problem.Message = shown(text) + " is not " + hint
	return problem
}
