// Package rest is the engine that reads and writes peers over HTTP and JSON, as a provider's definition
// in CUE says. The definition's vocabulary is rest.cue, beside this file; the engine has no code for any
// product.
//
// A Client serves one peer. It bounds the time and the size of every answer, follows no redirect, and
// repeats only what may be repeated. A list is whole, or an error; a create does not replace what is
// there; a secret is in no error, whatever the server repeats. It decides nothing about what to write.
package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Definition is how a product is called: the `api` of a provider and of its kinds.
type Definition struct {
	provider schema.Provider
	api      api
	kinds    map[string]kind
}

type api struct {
	Auth     *auth     `json:"auth"`
	InFlight int       `json:"inFlight"`
	Error    string    `json:"error"`
	Busy     []busy    `json:"busy"`
	Dangling []busy    `json:"dangling"`
	Identity *identity `json:"identity"`
}

type auth struct {
	Type  string `json:"type"`
	Path  string `json:"path"`
	Token string `json:"token"`
}

type busy struct {
	Status   int    `json:"status"`
	Contains string `json:"contains"`
}

type identity struct {
	Path     string `json:"path"`
	Instance string `json:"instance"`
	Version  string `json:"version"`
}

type call struct {
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Query  map[string]string `json:"query"`
	Base   string            `json:"base"`
}

// Parse reads the engine's part of a definition. CUE has checked its words already; an error means that
// the provider was not made for this engine.
func Parse(p schema.Provider) (*Definition, error) {
	if len(p.API) == 0 {
		return nil, fmt.Errorf("provider %s: its definition says what its items are, and not how it is called: such a cluster can be validated, and neither planned nor applied", p.Name)
	}
	d := &Definition{provider: p, kinds: make(map[string]kind, len(p.Kinds))}
	if err := json.Unmarshal(p.API, &d.api); err != nil {
		return nil, fmt.Errorf("provider %s: api: %w", p.Name, err)
	}
	for name, k := range p.Kinds {
		parsed, err := parseKind(name, k)
		if err != nil {
			return nil, fmt.Errorf("provider %s: kinds.%s.api: %w", p.Name, name, err)
		}
		d.kinds[name] = parsed
	}
	return d, d.relate()
}

// relate connects the kinds that stand below others.
func (d *Definition) relate() error {
	children := map[string][]kind{}
	for name, k := range d.kinds {
		for above, seen := k.ForEach, map[string]bool{name: true}; above != ""; above = d.kinds[above].ForEach {
			if _, there := d.kinds[above]; !there || seen[above] {
				return fmt.Errorf("provider %s: kinds.%s.api.forEach: %q is not a kind, or stands below this one", d.provider.Name, name, above)
			}
			seen[above] = true
		}
		children[k.ForEach] = append(children[k.ForEach], k)
	}
	for name, k := range d.kinds {
		k.own(children[name])
		d.kinds[name] = k
	}
	return nil
}

// kind returns how a kind is called, or the failure of op.
func (d *Definition) kind(op, name string) (kind, error) {
	k, ok := d.kinds[name]
	if !ok {
		return kind{}, failure(op, schema.Rejected, fmt.Errorf("a %s has no kind %q", d.provider.Name, name))
	}
	return k, nil
}

// at is kind for one item. Without an id its path would be that of something else.
func (d *Definition) at(op string, key schema.Key) (kind, error) {
	if key.ID == "" {
		return kind{}, failure(op, schema.Rejected, errors.New("an item needs an id"))
	}
	return d.kind(op, key.Kind)
}

// escape writes an id as one segment of a path. A lone dot or two, which servers take for a way up, are
// escaped too; and so is every byte beside a percent sign, since some servers (those on chi) decode a
// path twice unless it has an escape that it could do without.
func escape(id string) string {
	if id != "." && id != ".." && !strings.Contains(id, "%") {
		return url.PathEscape(id)
	}
	var b strings.Builder
	for _, octet := range []byte(id) {
		fmt.Fprintf(&b, "%%%02X", octet)
	}
	return b.String()
}
