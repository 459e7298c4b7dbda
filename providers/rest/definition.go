// Package rest is the engine that reads and writes peers over HTTP and JSON, as a provider's definition
// in CUE says. The definition's vocabulary is rest.cue, beside this file; the engine has no code for any
// product.
//
// A Client serves one peer. It bounds the time and the size of every answer, follows no redirect, and
// repeats only what may be repeated. It decides nothing about what to write.
package rest

import (
	"encoding/json"
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

type kind struct {
	List struct {
		Path  string `json:"path"`
		Items string `json:"items"`
		Page  *page  `json:"page"`
	} `json:"list"`
	Key    string `json:"key"`
	Body   string `json:"body"`
	Read   call   `json:"read"`
	Create call   `json:"create"`
	Update call   `json:"update"`
	Delete call   `json:"delete"`
}

type call struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Base   string `json:"base"`
}

type page struct {
	Limit  string `json:"limit"`
	Size   int    `json:"size"`
	Offset string `json:"offset"`
	Cursor string `json:"cursor"`
	Next   string `json:"next"`
}

// Parse reads the engine's part of a definition. CUE has checked its words already; an error means that
// the provider was not made for this engine.
func Parse(p schema.Provider) (*Definition, error) {
	d := &Definition{provider: p, kinds: make(map[string]kind, len(p.Kinds))}
	if err := json.Unmarshal(p.API, &d.api); err != nil {
		return nil, fmt.Errorf("provider %s: api: %w", p.Name, err)
	}
	for name, k := range p.Kinds {
		var parsed kind
		if err := json.Unmarshal(k.API, &parsed); err != nil {
			return nil, fmt.Errorf("provider %s: kinds.%s.api: %w", p.Name, name, err)
		}
		d.kinds[name] = parsed
	}
	return d, nil
}

// expand puts an escaped id in the place of {id}.
func expand(path, id string) string {
	// PathEscape leaves a lone dot or two as they are, which servers take for a way up.
	escaped := url.PathEscape(id)
	if id == "." || id == ".." {
		escaped = strings.ReplaceAll(id, ".", "%2E")
	}
	return strings.ReplaceAll(path, "{id}", escaped)
}
