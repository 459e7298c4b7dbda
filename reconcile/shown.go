package reconcile

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// dearest is the cost of a bcrypt hash above which we do not check a password against it: at this one it
// takes a quarter of a second.
const dearest = 12

// shown are the marks of what a peer shows instead of what was written, by pointer: of secrets that it shows,
// and of fields that it writes in a way of its own.
type shown map[schema.Key]map[string]string

// translate puts in the place of each secret that the peer shows what it stands for, as far as that is
// known: the wanted secret itself, or the mark of the one that was last written. A hash is checked only if
// it is not the one that was seen when the item was last found in order: that costs some 50 ms each. What
// cannot be told is taken away; such a secret is compared with what was last written.
func (c comparison) translate(ctx context.Context, o schema.Observation) (shown, error) {
	all := shown{}
	for name, listing := range o.Kinds {
		kind := c.target.Cluster.Provider.Kinds[name]
		if len(kind.Exact)+len(kind.Normalised) == 0 {
			continue
		}
		for id, body := range listing.Items {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			key := schema.Key{Kind: name, ID: id}
			t := translation{key: c.key, wanted: c.desired[name][id], base: c.remembered.Base[key], shown: map[string]string{}}
			for _, pointer := range kind.Exact {
				body = t.secret(body, pointer)
			}
			t.keep(kind.Normalised)
			listing.Items[id] = body
			if len(t.shown) > 0 {
				all[key] = t.shown
			}
		}
	}
	return all, nil
}

// translation is that of one item.
type translation struct {
	key    []byte
	wanted schema.Body
	base   plan.Record
	shown  map[string]string
}

// keep goes on remembering what the peer made of fields.
func (t translation) keep(normalised []string) {
	for _, pointer := range normalised {
		if before, known := t.base.Shown[pointer]; known {
			t.shown[pointer] = before
		}
	}
}

func (t translation) secret(body schema.Body, pointer string) schema.Body {
	value, _ := schema.Lookup(map[string]any(body), pointer)
	there, shows := value.(schema.Secret)
	wanted, _ := schema.Lookup(map[string]any(t.wanted), pointer)
	secret, authored := wanted.(schema.Secret)
	if !shows || !authored {
		return schema.Remove(body, pointer) // there is nothing that could be compared, or nothing to compare it with
	}
	there = schema.NewSecret(there.Reveal(), t.key)
	t.shown[pointer] = there.Mark()
	written, wrote := schema.Lookup(map[string]any(t.base.Body), pointer)
	before, known := t.base.Shown[pointer]
	switch {
	case secret.Reveal() == there.Reveal():
		return schema.Replace(body, pointer, secret)
	case wrote && known && before == there.Mark():
		return schema.Replace(body, pointer, written)
	case !checkable(there.Reveal()) && !known:
		return schema.Remove(body, pointer)
	case matches(there.Reveal(), secret.Reveal()):
		return schema.Replace(body, pointer, secret)
	default:
		return schema.Replace(body, pointer, there)
	}
}

// checkable tells whether it can be said if a text is that of another secret: if it is no hash, or one that
// we can check.
func checkable(text string) bool {
	cost, err := bcrypt.Cost([]byte(text))
	return !strings.HasPrefix(text, "$") || err == nil && cost <= dearest
}

func matches(text, secret string) bool {
	return strings.HasPrefix(text, "$2") && checkable(text) && bcrypt.CompareHashAndPassword([]byte(text), []byte(secret)) == nil
}

// shownAfter are the marks to remember of an item that was written. Of a field that was written it is what
// the peer shows now. Of another it is what stood there when it was found in order: somebody may have
// changed it since.
func (run *peerRun) shownAfter(change plan.Change, now schema.Body) map[string]string {
	kind, marks := run.kind(change.Key), map[string]string{}
	for _, pointer := range slices.Concat(kind.Exact, kind.Normalised) {
		value, there := schema.Lookup(map[string]any(now), pointer)
		secret, isSecret := value.(schema.Secret)
		before, known := run.shown[change.Key][pointer]
		switch {
		case there && isSecret && wrote(change, pointer):
			marks[pointer] = schema.NewSecret(secret.Reveal(), run.Key).Mark()
		case there && !isSecret && wrote(change, pointer):
			marks[pointer] = plan.Digest(kind, pointer, value)
		case known:
			marks[pointer] = before
		}
	}
	if len(marks) == 0 {
		return nil
	}
	return marks
}

// wrote tells whether a change writes the field, and not only the rest of its item.
func wrote(change plan.Change, pointer string) bool {
	return change.Action != plan.Update || slices.ContainsFunc(change.Fields, func(f plan.Field) bool {
		return slices.Equal(f.Path, schema.SplitPointer(pointer))
	})
}
