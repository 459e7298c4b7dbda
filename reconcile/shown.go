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

// shown are the marks of what a peer shows in the places of secrets, by pointer.
type shown map[schema.Key]map[string]string

// translate puts in the place of each secret that the peer shows what it stands for, as far as that is
// known: the wanted secret itself, or the mark of the one that was last written. A hash is checked only if
// it is not the one that was seen when the item was last found in order: that costs some 50 ms each. What
// cannot be told is taken away; such a secret is compared with what was last written.
func (r *Reconciler) translate(ctx context.Context, c *schema.Cluster, desired schema.Items, base map[schema.Key]plan.Record, o schema.Observation) (shown, error) {
	all := shown{}
	for name, listing := range o.Kinds {
		pointers := c.Provider.Kinds[name].Exact
		if len(pointers) == 0 {
			continue
		}
		for id, body := range listing.Items {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			key := schema.Key{Kind: name, ID: id}
			t := translation{key: r.Key, wanted: desired[name][id], base: base[key], shown: map[string]string{}}
			for _, pointer := range pointers {
				body = t.secret(body, pointer)
			}
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

func (t translation) secret(body schema.Body, pointer string) schema.Body {
	value, _ := schema.Lookup(map[string]any(body), pointer)
	there, ok := value.(schema.Secret)
	if !ok {
		return schema.Remove(body, pointer) // it shows nothing that could be compared
	}
	there = schema.NewSecret(there.Reveal(), t.key)
	t.shown[pointer] = there.Mark()
	wanted, _ := schema.Lookup(map[string]any(t.wanted), pointer)
	secret, _ := wanted.(schema.Secret)
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

// shownAfter are the marks to remember of an item that was written. Of a secret that was written it is what
// the peer shows now. Of another it is what stood there when it was found in order: somebody may have
// changed it since.
func (run *peerRun) shownAfter(change plan.Change, now schema.Body) map[string]string {
	marks := map[string]string{}
	for _, pointer := range run.kind(change.Key).Exact {
		there, _ := schema.Lookup(map[string]any(now), pointer)
		if secret, ok := there.(schema.Secret); ok && wrote(change, pointer) {
			marks[pointer] = schema.NewSecret(secret.Reveal(), run.Key).Mark()
		} else if before, known := run.shown[change.Key][pointer]; known {
			marks[pointer] = before
		}
	}
	if len(marks) == 0 {
		return nil
	}
	return marks
}

// wrote tells whether a change writes the secret, and not only the rest of its item.
func wrote(change plan.Change, pointer string) bool {
	return change.Action == plan.Create || slices.ContainsFunc(change.Fields, func(f plan.Field) bool {
		return f.Secret && slices.Equal(f.Path, schema.SplitPointer(pointer))
	})
}
