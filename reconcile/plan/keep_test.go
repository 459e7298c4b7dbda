package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestKeep: a snapshot has what can be written, and no secret, whatever the server shows in its place.
func TestKeep(t *testing.T) {
	observed := schema.Body{
		"id": int64(7), "created_at": int64(1), "home": "/x", "password": "canary", "description": nil,
		"filters": map[string]any{"ip": []any{"::1/128"}, "totp": map[string]any{"secret": "canary"}},
		"folders": []any{map[string]any{"name": "in", "used": int64(9)}, "odd"},
		"rights":  map[string]any{"/": []any{"*"}},
		"quota":   map[string]any{"wrong": "form"},
	}
	for name, test := range map[string]struct {
		kind schema.Kind
		want schema.Body
	}{
		"by its fields": {
			schema.Kind{
				Secrets: []string{"/password"},
				Fields:  []string{"/description", "/filters/ip", "/folders/*/name", "/home", "/password", "/quota", "/rights", "/rights/x", "/uid"},
			},
			schema.Body{
				"home": "/x", "description": nil, "filters": map[string]any{"ip": []any{"::1/128"}},
				"folders": []any{map[string]any{"name": "in"}, "odd"}, "rights": map[string]any{"/": []any{"*"}}, "quota": map[string]any{"wrong": "form"},
			},
		},
		"whole, where they are not known": {
			schema.Kind{Secrets: []string{"/password", "/filters/totp", "/folders", "/rights", "/quota"}},
			schema.Body{"id": int64(7), "created_at": int64(1), "home": "/x", "description": nil, "filters": map[string]any{"ip": []any{"::1/128"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(test.want, Keep(test.kind, observed)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
	if Keep(schema.Kind{}, nil) != nil || Keep(schema.Kind{Fields: []string{"/a"}}, schema.Body{}) == nil {
		t.Error("an item that is not there, and one without fields, are told apart")
	}
}

// TestPin: a pin holds while Git wants what it wanted then, and lapses when the peer has it.
func TestPin(t *testing.T) {
	kinds := map[string]schema.Kind{"host": {Secrets: []string{"/password"}}}
	secret := schema.NewSecret("swordfish", []byte("key"))
	key := schema.Key{Kind: "host", ID: "a"}
	pins := map[schema.Key]Pin{key: {
		By: "ada", Wanted: schema.Body{"n": int64(2), "password": secret.Mark()}, Applied: schema.Body{"n": int64(5)},
	}}
	base := map[schema.Key]Record{key: {Body: schema.Body{"n": int64(1), "password": secret.Mark()}}}
	for name, test := range map[string]struct {
		desired, observed schema.Body
		err               error
		takeOver          bool
		held, kept        bool
	}{
		"Git wants the same":     {desired: schema.Body{"n": int64(2), "password": secret}, observed: schema.Body{"n": int64(1)}, held: true, kept: true},
		"or what was applied":    {desired: schema.Body{"n": int64(5)}, observed: schema.Body{"n": int64(1)}, held: true, kept: true},
		"somebody consents":      {desired: schema.Body{"n": int64(2), "password": secret}, observed: schema.Body{"n": int64(1)}, takeOver: true},
		"Git wants another":      {desired: schema.Body{"n": int64(3), "password": secret}, observed: schema.Body{"n": int64(1)}},
		"Git wants it gone":      {observed: schema.Body{"n": int64(1)}},
		"another secret":         {desired: schema.Body{"n": int64(2), "password": schema.NewSecret("x", []byte("key"))}, observed: schema.Body{"n": int64(1)}},
		"the peer has it":        {desired: schema.Body{"n": int64(2), "password": secret}, observed: schema.Body{"n": int64(2)}},
		"it cannot be listed":    {desired: schema.Body{"n": int64(2), "password": secret}, err: cmpError{}, kept: true},
		"it is gone on the peer": {desired: schema.Body{"n": int64(2), "password": secret}, held: true, kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{
				Kinds: kinds, Base: base, Pins: pins, TakeOver: test.takeOver,
				Desired:  schema.Items{"host": map[string]schema.Body{}},
				Observed: schema.Observation{Kinds: map[string]schema.Listing{"host": {Items: map[string]schema.Body{}, Err: test.err}}},
			}
			if test.desired != nil {
				in.Desired["host"]["a"] = test.desired
			}
			if test.observed != nil {
				in.Observed.Kinds["host"].Items["a"] = test.observed
			}
			p := Diff(in)
			held := len(p.Changes) == 1 && p.Changes[0].WaitsFor(Pinned) && p.Changes[0].RolledBack() == "rolled back by ada"
			_, kept := p.Pins[key]
			if held != test.held || kept != test.kept {
				t.Errorf("held %v, kept %v: %+v", held, kept, p)
			}
		})
	}
}

type cmpError struct{}

func (cmpError) Error() string { return "no JSON" }
