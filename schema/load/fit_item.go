package load

import (
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/format"

	"github.com/gitops-reconciler/reconciler/schema"
)

// tailor fits one item: it asks CUE what is wrong with the body, alters that, and asks again.
type tailor struct {
	fitter
	kind   schema.Kind
	schema cue.Value // the kind's #body
	found  Found

	fitted Fitted
	body   map[string]any // as altered so far
	whole  map[string]any // what it evaluates to
}

// alterations are how often a body is altered. Each time all of what CUE names at once is.
const alterations = 32

func (t *tailor) work() {
	t.body = t.plain(map[string]any(t.found.Body)).(map[string]any)
	t.sort()
	t.dropKnown(t.body, nil)
	if seen := t.seen(); !seen.again(&t.fitted) {
		t.fit()
		seen.keep(t.fitted)
	}
}

func (t *tailor) fit() {
	for _, pointer := range t.kind.Secrets {
		if _, shown := schema.Lookup(t.body, pointer); shown || t.all && t.fits(pointer) {
			t.refer(pointer)
		}
	}
	if t.settle() && t.restoreZeros() {
		t.leaveDefaultsOut()
		t.finish()
	}
}

// plain is a copy without what is as good as absent: null, and for servers that leave them out, zeros.
func (t *tailor) plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		object := map[string]any{}
		for name, v := range value {
			if v = t.plain(v); v != nil && (!t.kind.ZeroIsAbsent || !isZero(v)) {
				object[name] = v
			}
		}
		return object
	case []any:
		return mapped(value, t.plain)
	}
	return value
}

// settle alters the body until CUE accepts it. Where it does not, the item has its problem.
func (t *tailor) settle() bool {
	for range alterations {
		err := t.evaluate()
		if err == nil {
			return true
		}
		altered := false
		for _, e := range errors.Errors(err) {
			altered = t.alter(e) || altered
		}
		if !altered {
			t.refuse(err)
			return false
		}
	}
	t.fitted.Problem = "what the vocabulary wants of it is not clear"
	return false
}

// evaluate unifies the body with its kind's.
func (t *tailor) evaluate() error {
	whole, err := unify(t.schema, t.body)
	t.whole = whole
	return err
}

// alter does what an error asks for: it drops a field that there is none of, and gives one that is missing.
func (t *tailor) alter(e errors.Error) bool {
	steps := lastLabels(unquote(e.Path()))
	switch said := sentence(e); {
	case len(steps) == 0:
		return false
	case said == notAllowed:
		return t.drop(steps)
	case said == notPresent:
		return t.give(steps)
	}
	return false
}

// drop takes a field away that the vocabulary does not have. The id, which many servers repeat in the body,
// is not worth a word.
func (t *tailor) drop(steps []string) bool {
	value, there := at(t.body, steps)
	if !there {
		return false
	}
	if pointer := t.everywhere(steps); value != any(t.found.ID) && !slices.Contains(t.fitted.Dropped, pointer) {
		t.fitted.Dropped = append(t.fitted.Dropped, pointer)
	}
	t.learn(steps)
	return removeAt(t.body, steps)
}

// give writes a field that must be written: a secret by reference, and a zero that the peer left out.
func (t *tailor) give(steps []string) bool {
	pointer := pointerTo(steps)
	if slices.Contains(t.kind.Secrets, pointer) {
		t.refer(pointer)
		return true
	}
	value, shown := at(map[string]any(t.found.Body), steps)
	return shown && value != nil && setAt(t.body, steps, value)
}

// refer puts a reference in the place of a secret.
func (t *tailor) refer(pointer string) {
	reference := t.names[t.found.String()+pointer]
	if !setAt(t.body, schema.SplitPointer(pointer), reference) {
		return
	}
	if !slices.Contains(t.fitted.Secrets, reference) {
		t.fitted.Secrets = append(t.fitted.Secrets, reference)
	}
}

// fits tells whether the body could have a field: whatever it is in is there.
func (t *tailor) fits(pointer string) bool {
	steps := schema.SplitPointer(pointer)
	above, there := at(t.body, steps[:len(steps)-1])
	_, object := above.(map[string]any)
	return there && object
}

// refuse says why the item cannot be written, in the words of validate.
func (t *tailor) refuse(err error) {
	path := []string{"cluster", "items", t.found.Kind, t.found.ID}
	problems := t.explain(t.misfits(path, err))
	if len(problems) == 0 {
		t.fitted.Problem = "the vocabulary refuses it"
		return
	}
	problem := problems[0]
	problem.Path = problem.Path[min(len(path), len(problem.Path)):]
	t.fitted.Problem = problem.Sentence()
}

// finish keeps what was written, if it is read back as it is. CUE has texts in all their forms, but no names
// that Unicode composes otherwise, and no numbers beyond those of JSON's readers.
func (t *tailor) finish() {
	if !agrees(t.body, t.whole) || !t.readsBack() {
		t.fitted.Problem = "it has a name or a number that CUE does not keep as it is"
		return
	}
	t.fitted.Written, t.fitted.Whole = t.body, t.whole
	slices.Sort(t.fitted.Dropped)
}

// readsBack writes the item out, and reads it.
func (t *tailor) readsBack() bool {
	written, err := structOf(map[string]schema.Body{t.found.ID: t.body})
	if err != nil {
		return false
	}
	text, err := format.Node(written)
	if err != nil {
		return false
	}
	var read anything
	err = decodePart(compiled(text), &read)
	want := map[string]any{t.found.ID: t.body}
	return err == nil && agrees(want, read.value) && agrees(read.value, want)
}

// sort puts lists whose order means nothing into one that does not change.
func (t *tailor) sort() {
	for pointer, key := range t.kind.Sets {
		if list, ok := schema.Lookup(t.body, pointer); ok {
			if list, ok := list.([]any); ok {
				slices.SortStableFunc(list, func(a, b any) int { return schema.CompareSerials(rankOf(a, key), rankOf(b, key)) })
			}
		}
	}
}
