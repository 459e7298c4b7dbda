package plan

import (
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// absent stands for a field that is not there; nil is a JSON null.
type absent struct{}

// comparer compares bodies of one kind. It looks at authored fields only: what the desired body does
// not name is the peer's own affair.
type comparer struct {
	kind    schema.Kind
	hasBase bool              // false: never applied, or the body has no base at all
	shown   map[string]string // of the record: what the peer made of fields

	path   []string
	fields []Field
	same   int // fields that are as desired
}

// Fields returns the authored fields in which the peer's body is not as desired, ignoring secrets, which
// a peer does not show.
func Fields(kind schema.Kind, desired, observed schema.Body) []Field {
	c := comparer{kind: kind}
	c.walk(map[string]any(desired), map[string]any(observed), absent{})
	return slices.DeleteFunc(c.fields, func(f Field) bool { return f.Secret })
}

// walk descends the desired body, with what the peer and the base have at the same place beside it.
func (c *comparer) walk(desired, observed, base any) {
	object, ok := desired.(map[string]any)
	if !ok || len(object) == 0 && len(c.path) > 0 || c.atomic() || c.normal() || blocked(observed) {
		c.leaf(desired, observed, base)
		return
	}
	var few [16]string // most objects have no more, and are compared without a list of their own
	names := few[:0]
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c.path = append(c.path, name)
		c.walk(object[name], child(observed, name), child(base, name))
		c.path = c.path[:len(c.path)-1]
	}
}

// blocked tells that the peer has something else than an object where one is wanted: its value must be
// seen, and not be overwritten as if nothing were there.
func blocked(observed any) bool {
	_, isObject := observed.(map[string]any)
	return !isObject && value(observed) != nil
}

func child(value any, name string) any {
	object, ok := value.(map[string]any)
	if !ok {
		return absent{}
	}
	if below, ok := object[name]; ok {
		return below
	}
	return absent{}
}

func (c *comparer) leaf(desired, observed, base any) {
	secret, isSecret := desired.(schema.Secret)
	if isSecret {
		c.secret(secret, observed, base)
		return
	}
	for _, below := range c.secretsBelow() {
		if secret, ok := lookup(desired, below).(schema.Secret); ok {
			c.path = append(c.path, schema.SplitPointer(below)...)
			c.secret(secret, lookup(observed, below), lookup(base, below))
			c.path = c.path[:len(c.path)-strings.Count(below, "/")]
		}
		desired, observed, base = without(desired, below), without(observed, below), without(base, below)
	}
	if c.equal(desired, observed) || c.asRemembered(desired, observed, base) {
		c.same++
		return
	}
	c.add(Field{Old: value(observed), New: desired, Reason: c.reason(desired, observed, base)})
}

// secretsBelow points from here to the secrets of an object that is compared whole. They are compared
// and shown by themselves: the peer may show something else in their place, or indeed them.
func (c *comparer) secretsBelow() []string {
	if len(c.kind.Secrets) == 0 {
		return nil
	}
	here, below := pointer(c.path)+"/", []string(nil)
	for _, secret := range c.kind.Secrets {
		if rest, ok := strings.CutPrefix(secret, here); ok {
			below = append(below, "/"+rest)
		}
	}
	return below
}

func lookup(value any, pointer string) any {
	if found, ok := schema.Lookup(value, pointer); ok {
		return found
	}
	return absent{}
}

func without(value any, pointer string) any {
	if object, ok := value.(map[string]any); ok {
		return schema.Remove(object, pointer)
	}
	return value
}

// secret is compared with what the peer has, where it shows that, and else with what was last written.
func (c *comparer) secret(desired schema.Secret, observed, base any) {
	if !c.shows(observed) {
		observed = base
	}
	if exactly(desired, observed) {
		c.same++
		return
	}
	c.add(Field{Secret: true, Reason: c.reasonOf(base, exactly(desired, base), exactly(base, observed))})
}

// shows tells whether what the peer has in the place of a secret can be compared. What a careless one shows
// of others is not even looked at.
func (c *comparer) shows(observed any) bool {
	_, gone := observed.(absent)
	return !gone && len(c.kind.Exact) > 0 && slices.Contains(c.kind.Exact, pointer(c.path))
}

// reason is the three-way decision about a field that is not as desired.
func (c *comparer) reason(desired, observed, base any) Reason {
	return c.reasonOf(base, c.equal(desired, base), c.equal(base, observed) || c.asRemembered(base, observed, base))
}

// reasonOf takes whether Git and the peer have what was last applied.
func (c *comparer) reasonOf(base any, git, peer bool) Reason {
	_, unknown := base.(absent)
	switch {
	case !c.hasBase:
		return FirstContact
	case unknown: // authored for the first time: nothing of ours is on the peer
		return Git
	case git:
		return Drift
	case peer:
		return Git
	default:
		return Conflict
	}
}

func (c *comparer) add(f Field) {
	f.Path = slices.Clone(c.path)
	c.fields = append(c.fields, f)
}

func value(v any) any {
	if _, gone := v.(absent); gone {
		return nil
	}
	return v
}
