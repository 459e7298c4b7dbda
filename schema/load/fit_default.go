package load

import (
	"maps"
	"slices"
	"strconv"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"

	"github.com/gitops-reconciler/reconciler/schema"
)

// leaveDefaultsOut takes away what the kind gives by itself, unless something else comes out then.
func (t *tailor) leaveDefaultsOut() {
	full, whole := t.body, t.whole
	t.body = withoutDefaults(t.schema, full).(map[string]any)
	if t.evaluate() != nil || !agrees(t.whole, whole) || !agrees(whole, t.whole) {
		t.body, t.whole = full, whole
	}
}

// withoutDefaults is a value without the fields for which the kind has just that default.
func withoutDefaults(kind cue.Value, value any) any {
	switch value := value.(type) {
	case map[string]any:
		object := map[string]any{}
		for name, v := range value {
			if !isDefault(kind.LookupPath(cue.MakePath(cue.Str(name))), v) {
				object[name] = withoutDefaults(kind.LookupPath(cue.MakePath(cue.Str(name).Optional())), v)
			}
		}
		return object
	case []any:
		below := kind.LookupPath(cue.MakePath(cue.AnyIndex))
		return mapped(value, func(v any) any { return withoutDefaults(below, v) })
	}
	return value
}

// isDefault tells whether a field that is there by itself has the value by default.
func isDefault(field cue.Value, value any) bool {
	given, ok := field.Default()
	if !ok {
		return false
	}
	var byDefault anything
	return decodePart(given, &byDefault) == nil && agrees(byDefault.value, value) && agrees(value, byDefault.value)
}

// anything is a value of any type, its numbers exact.
type anything struct{ value any }

func (d *anything) UnmarshalJSON(data []byte) (err error) {
	d.value, err = schema.DecodeValue(data)
	return err
}

// restoreZeros writes the zeros out that a server leaves out, where the kind would give something else. What
// it would give otherwise is named.
func (t *tailor) restoreZeros() bool {
	restored := false
	for _, gap := range gaps(t.whole, t.body, nil) {
		zero, ok := zeroOf(gap.value)
		switch {
		case t.kind.ZeroIsAbsent && isZero(gap.value): // as good as the peer's
		case t.kind.ZeroIsAbsent && ok:
			restored = setAt(t.body, gap.steps, zero) || restored
		default:
			t.fitted.Added = append(t.fitted.Added, pointerTo(gap.steps))
		}
	}
	return !restored || t.settle()
}

// gap is a field that the kind gives, and the peer's item has not.
type gap struct {
	steps []string
	value any
}

// gaps are the fields of whole that are not written, in their order.
func gaps(whole, written any, steps []string) []gap {
	var all []gap
	switch whole := whole.(type) {
	case map[string]any:
		object, isObject := written.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(whole)) {
			all = append(all, gaps(whole[name], object[name], append(slices.Clone(steps), name))...)
		}
		if isObject || len(whole) > 0 {
			return all
		}
	case []any:
		if list, ok := written.([]any); ok {
			for i := range min(len(whole), len(list)) {
				all = append(all, gaps(whole[i], list[i], append(slices.Clone(steps), strconv.Itoa(i)))...)
			}
			return all
		}
	}
	if written != nil {
		return nil
	}
	return []gap{{steps, whole}}
}

// compiled is text that holds literals only, evaluated.
func compiled(text []byte) cue.Value { return cuecontext.New().CompileBytes(text) }
