package plan

import (
	"fmt"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestSecretsThatAPeerShows: they are compared three ways like any other field; what is shown of others is
// not looked at. Below /m stands one in an object that is compared whole.
func TestSecretsThatAPeerShows(t *testing.T) {
	secret := func(text string) schema.Secret { return schema.NewSecret(text, []byte("key")) }
	key := schema.Key{Kind: "user", ID: "u"}
	for name, test := range map[string]struct {
		wants, base, shows string // "" for nothing
		want               Reason // "" for in sync
	}{
		"as it should be":                {"a", "a", "a", ""},
		"changed on the peer":            {"a", "a", "b", Drift},
		"changed in Git":                 {"b", "a", "a", Git},
		"changed in Git and on the peer": {"b", "a", "b", ""},
		"changed differently":            {"b", "a", "c", Conflict},
		"never applied, and right":       {"a", "", "a", ""},
		"never applied, and wrong":       {"a", "", "b", Git},
		"not shown, as it was written":   {"a", "a", "", ""},
		"not shown, changed in Git":      {"b", "a", "", Git},
	} {
		for _, exact := range []bool{true, false} {
			in := Input{
				Kinds:    map[string]schema.Kind{"user": {Secrets: []string{"/p", "/m/p"}, Exact: []string{"/other"}, Atomic: []string{"/m"}}},
				Desired:  schema.Items{"user": {"u": {"p": secret(test.wants), "m": map[string]any{"p": secret(test.wants)}}}},
				Observed: schema.Observation{Kinds: map[string]schema.Listing{"user": {Items: map[string]schema.Body{"u": {"m": map[string]any{}}}}}},
				Base:     map[schema.Key]Record{key: {Body: schema.Body{}}},
			}
			want := test.want
			if exact {
				in.Kinds["user"] = schema.Kind{Secrets: []string{"/p", "/m/p"}, Exact: []string{"/p", "/m/p"}, Atomic: []string{"/m"}}
			} else if want = ""; test.wants != test.base {
				want = Git
			}
			if test.base != "" {
				in.Base[key] = Record{Body: schema.Body{"p": secret(test.base).Mark(), "m": map[string]any{"p": secret(test.base).Mark()}}}
			}
			if test.shows != "" {
				in.Observed.Kinds["user"].Items["u"] = schema.Body{"p": secret(test.shows), "m": map[string]any{"p": secret(test.shows)}}
			}
			expect(t, fmt.Sprintf("%s, exact %v", name, exact), Diff(in), want)
		}
	}
}

func expect(t *testing.T, name string, p Peer, want Reason) {
	t.Helper()
	switch {
	case want == "" && p.InSync == 1:
	case want != "" && len(p.Changes) == 1 && len(p.Changes[0].Fields) == 2 && p.Changes[0].Reason == want:
		for _, field := range p.Changes[0].Fields {
			if !field.Secret || field.Old != nil || field.New != nil {
				t.Errorf("%s: it shows %v", name, field)
			}
		}
	default:
		t.Errorf("%s: got %v, want %q", name, p.Changes, want)
	}
}

// TestWhatIsShownIsRemembered, once: also where nothing else is to be recorded.
func TestWhatIsShownIsRemembered(t *testing.T) {
	key := schema.Key{Kind: "user", ID: "u"}
	in := Input{
		Kinds:    map[string]schema.Kind{"user": {}},
		Desired:  schema.Items{"user": {"u": {"x": true}}},
		Observed: schema.Observation{Kinds: map[string]schema.Listing{"user": {Items: map[string]schema.Body{"u": {"x": true}}}}},
		Base:     map[schema.Key]Record{key: {Body: schema.Body{"x": true}, Shown: map[string]string{"/p": "old"}}},
		Shown:    map[schema.Key]map[string]string{key: {"/p": "new"}},
	}
	in.Base[key] = Diff(in).Records[key]
	if got := in.Base[key].Shown["/p"]; got != "new" {
		t.Errorf("remembered %q", got)
	}
	if again := Diff(in); len(again.Records) != 0 {
		t.Errorf("remembered again: %v", again.Records)
	}
}

func TestZeroMatters(t *testing.T) {
	kind := schema.Kind{ZeroIsAbsent: true, ZeroMatters: []string{"/status", "/o/n"}}
	zeros := schema.Body{"status": int64(0), "quota": int64(0), "o": map[string]any{"n": false, "m": false}}
	var got []string
	for _, field := range Fields(kind, zeros, schema.Body{"o": map[string]any{}}) {
		got = append(got, schema.JoinPath(field.Path))
	}
	if fmt.Sprint(got) != "[o.n status]" {
		t.Errorf("different: %v", got)
	}
	if fields := Fields(kind, zeros, zeros); len(fields) != 0 {
		t.Errorf("the same are different: %v", fields)
	}
}
