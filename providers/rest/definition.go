// Package rest is the engine that reads and writes peers over HTTP and JSON, as a provider's definition
// in CUE says. The definition's vocabulary is rest.cue, beside this file; the engine has no code for any
// product.
//
// A Client serves one peer. It bounds the time and the size of every answer, follows no redirect, calls no
// address that is a way into our own machine, and repeats only what may be repeated. It sends as much at a
// time as the peer takes. A peer that does not prove who it is gets nothing. A list is whole, or an error; a
// create does not replace what is there, and a write says for which state of an item it is where the server
// can tell states apart; a secret is in no error, whatever the server repeats. It decides nothing about what
// to write.
//
// Who sends a request passes through four things: a session, which signs it (session.go); a gate, which lets
// as many in as a flow allows (gate.go, flow.go); go-retryablehttp with its traps closed (retry.go); and the
// request's own terms, by which the answer is good or not (terms.go, refuse.go).
package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Definition is how a product is called: the `api` of a provider and of its kinds.
type Definition struct {
	provider schema.Provider
	api      api
	kinds    map[string]kind
}

type api struct {
	Auth      *auth             `json:"auth"`
	InFlight  int               `json:"inFlight"`
	Serialise bool              `json:"serialise"`
	Headers   map[string]string `json:"headers"`
	Largest   int               `json:"largest"`
	ETag      bool              `json:"etag"`
	Error     string            `json:"error"`
	Busy      []busy            `json:"busy"`
	Dangling  []busy            `json:"dangling"`
	Identity  *identity         `json:"identity"`
	Health    health            `json:"health"`
	Leases    *leases           `json:"leases"`
}

type auth struct {
	Type   string  `json:"type"`
	Header string  `json:"header"`
	Prefix *string `json:"prefix"`

	// Of a login.
	Path     string            `json:"path"`
	Form     map[string]string `json:"form"`
	JSON     map[string]string `json:"json"`
	Token    string            `json:"token"`
	Lifetime string            `json:"lifetime"`
	Expired  []int             `json:"expired"`
	lifetime time.Duration
}

type busy struct {
	Status   int    `json:"status"`
	Contains string `json:"contains"`
}

type identity struct {
	Path     string   `json:"path"`
	Instance string   `json:"instance"`
	Version  string   `json:"version"`
	Versions []string `json:"versions"`
	Untried  string   `json:"untried"`
	Digest   string   `json:"digest"`
}

type call struct {
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Query  map[string]string `json:"query"`
	Base   string            `json:"base"`
	terms
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
	if err := d.api.check(); err != nil {
		return nil, fmt.Errorf("provider %s: api.%w", p.Name, err)
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
