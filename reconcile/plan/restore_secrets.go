package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// secrets adds to a body the secrets that it had and has no longer, as far as Git wants the same ones: only
// then is their value known. Of the others it notes what becomes of them.
func (b *back) secrets(kind schema.Kind, item Kept, body schema.Body, there bool) schema.Body {
	lost := false
	for _, pointer := range kind.Secrets {
		then, known := secretOf(item.Base, pointer)
		wanted, _ := schema.Lookup(map[string]any(b.in.Desired[item.Kind][item.ID]), pointer)
		switch {
		case there && b.still(item, pointer):
		case known && exactly(wanted, then):
			body = schema.Merge(body, below(pointer, wanted))
		case known, there, item.Base == nil: // of a stranger's nobody knows
			lost = true
		}
	}
	switch {
	case lost && there:
		b.lost = append(b.lost, item.Key)
	case lost:
		b.without = append(b.without, item.Key)
	}
	return body
}

// still tells whether an item that is there has the secret that it had: none was applied since.
func (b *back) still(item Kept, pointer string) bool {
	then, known := secretOf(item.Base, pointer)
	now, applied := b.now(item.Key, pointer)
	return known == applied && exactly(then, now)
}

func secretOf(record *Record, pointer string) (any, bool) {
	if record == nil {
		return nil, false
	}
	return schema.Lookup(map[string]any(record.Body), pointer)
}

// now is the mark of a secret that was last applied.
func (b *back) now(key schema.Key, pointer string) (any, bool) {
	record, ours := b.in.Base[key]
	if !ours {
		return nil, false
	}
	return secretOf(&record, pointer)
}

// below is an object that has a value where a pointer leads to.
func below(pointer string, value any) map[string]any {
	for _, step := range slices.Backward(schema.SplitPointer(pointer)) {
		value = map[string]any{step: value}
	}
	return value.(map[string]any)
}

// after is what is remembered of an item that was rolled back: what was last applied then, and of its
// secrets those that it has now.
func (b *back) after(change Change) *Record {
	then := b.then[change.Key].Base
	if then == nil {
		return nil
	}
	body := map[string]any(then.Body)
	for _, pointer := range b.in.Kinds[change.Kind].Secrets {
		body = schema.Remove(body, pointer)
		has, written := schema.Lookup(map[string]any(change.Body), pointer)
		if !written && change.Action == Update {
			has, written = b.now(change.Key, pointer)
		}
		if written {
			body = schema.Merge(body, below(pointer, has))
		}
	}
	return &Record{Body: body, Revision: then.Revision}
}

// notes says what is not put back.
func (b *back) notes() []string {
	var notes []string
	if len(b.lost) > 0 {
		notes = append(notes, "secrets are not put back, and stay as they are now: they have changed since, or may have, in "+some(b.lost))
	}
	if len(b.without) > 0 {
		notes = append(notes, "made anew without their secrets, of which no value is kept: "+some(b.without)+"; set them, by an apply or on the peer")
	}
	for _, kind := range slices.Sorted(maps.Keys(b.unshared)) {
		notes = append(notes, fmt.Sprintf("%d of %s are left as they are: the peer does not share them now", b.unshared[kind], kind))
	}
	return notes
}

// some names a few items, and counts the others.
func some(keys []schema.Key) string {
	var names []string
	for _, key := range keys[:min(len(keys), mostNamed)] {
		names = append(names, key.String())
	}
	if more := len(keys) - mostNamed; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
