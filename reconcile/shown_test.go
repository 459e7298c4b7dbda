package reconcile

import (
	"cmp"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

func hashed(t *testing.T, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// TestWhatAPeerShowsInThePlaceOfASecret: translated, it is the wanted one, the written one, another, or
// nothing that can be compared.
func TestWhatAPeerShowsInThePlaceOfASecret(t *testing.T) {
	key := []byte("key")
	mark := func(text string) string { return schema.NewSecret(text, key).Mark() }
	right, wrong := hashed(t, "wanted"), hashed(t, "stolen")
	dear := "$2a$13$" + right[7:]
	const argon = "$argon2id$v=19$m=65536"
	wrote := func(seen string) plan.Record {
		return plan.Record{Body: schema.Body{"p": mark("written")}, Shown: map[string]string{"/p": mark(seen)}}
	}
	for name, test := range map[string]struct {
		wants string // "wanted" if ""
		shown any
		base  plan.Record
		want  string // a mark; "" for nothing
	}{
		"the very text":                          {"", schema.NewSecret("wanted", nil), plan.Record{}, mark("wanted")},
		"a hash of it":                           {"", schema.NewSecret(right, nil), plan.Record{}, mark("wanted")},
		"a hash of another":                      {"", schema.NewSecret(wrong, nil), plan.Record{}, mark(wrong)},
		"the hash that was seen":                 {"", schema.NewSecret(wrong, nil), wrote(wrong), mark("written")},
		"another than was seen":                  {"", schema.NewSecret(wrong, nil), wrote("$2a$04$"), mark(wrong)},
		"another hash of the wanted":             {"", schema.NewSecret(right, nil), wrote(wrong), mark("wanted")},
		"seen, but the secret is in doubt":       {"", schema.NewSecret(wrong, nil), plan.Record{Shown: map[string]string{"/p": mark(wrong)}}, mark(wrong)},
		"too dear to check":                      {"", schema.NewSecret(dear, nil), plan.Record{}, ""},
		"too dear, and as it was seen":           {"", schema.NewSecret(dear, nil), wrote(dear), mark("written")},
		"too dear, and another":                  {"", schema.NewSecret(dear, nil), wrote(right), mark(dear)},
		"a hash of another kind":                 {"", schema.NewSecret(argon, nil), plan.Record{}, ""},
		"a hash of another kind than was seen":   {"", schema.NewSecret(argon, nil), wrote(right), mark(argon)},
		"something that the engine did not hide": {"", "plain", plan.Record{}, ""},
		"a ready hash that we cannot check":      {argon, schema.NewSecret(argon, nil), plan.Record{}, mark(argon)},
		"nothing":                                {"", nil, plan.Record{}, ""},
	} {
		c := &schema.Cluster{Provider: schema.Provider{Kinds: map[string]schema.Kind{"user": {Secrets: []string{"/p"}, Exact: []string{"/p"}}}}}
		body := schema.Body{"x": int64(1)}
		if test.shown != nil {
			body["p"] = test.shown
		}
		o := schema.Observation{Kinds: map[string]schema.Listing{"user": {Items: map[string]schema.Body{"u": body}}}}
		desired := schema.Items{"user": {"u": {"p": schema.NewSecret(cmp.Or(test.wants, "wanted"), key)}}}
		id := schema.Key{Kind: "user", ID: "u"}
		compared := comparison{target: Target{Cluster: c}, desired: desired, remembered: plan.Memory{Base: map[schema.Key]plan.Record{id: test.base}}, key: key}
		if _, err := compared.translate(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		got := ""
		switch value := o.Kinds["user"].Items["u"]["p"].(type) {
		case string:
			got = value
		case schema.Secret:
			got = value.Mark()
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// TestSecretsNobodyWroteAreNotChecked: that would cost 50 ms for each item of others, at every plan.
func TestSecretsNobodyWroteAreNotChecked(t *testing.T) {
	c := &schema.Cluster{Provider: schema.Provider{Kinds: map[string]schema.Kind{"user": {Exact: []string{"/p"}}}}}
	bodies := map[string]schema.Body{}
	for _, id := range []string{"theirs", "ours"} {
		bodies[id] = schema.Body{"p": schema.NewSecret(hashed(t, ""), nil)}
	}
	o := schema.Observation{Kinds: map[string]schema.Listing{"user": {Items: bodies}}}
	compared := comparison{target: Target{Cluster: c}, desired: schema.Items{"user": {"ours": {}}}}
	seen, err := compared.translate(t.Context(), o)
	if err != nil || len(seen) != 0 || len(bodies["ours"])+len(bodies["theirs"]) != 0 {
		t.Errorf("got %v, %v; %v", seen, err, bodies)
	}
}

// TestWhatIsRememberedOfAShownSecret: of one that was written what the peer shows now, of another what
// stood there when it was in order, whatever somebody made of it since.
func TestWhatIsRememberedOfAShownSecret(t *testing.T) {
	key := schema.Key{Kind: "user", ID: "u"}
	run := &peerRun{Reconciler: &Reconciler{Key: []byte("key")}, planned: planned{shown: shown{key: {"/p": "before"}}}}
	run.target.Cluster = &schema.Cluster{Provider: schema.Provider{Kinds: map[string]schema.Kind{"user": {Exact: []string{"/p", "/q"}}}}}
	now := schema.Body{"p": schema.NewSecret("now", nil)}
	nowMark := schema.NewSecret("now", []byte("key")).Mark()
	for name, test := range map[string]struct {
		change plan.Change
		want   string
	}{
		"created":        {plan.Change{Key: key, Action: plan.Create}, nowMark},
		"it was written": {plan.Change{Key: key, Action: plan.Update, Fields: []plan.Field{{Path: []string{"p"}, Secret: true}}}, nowMark},
		"another was":    {plan.Change{Key: key, Action: plan.Update, Fields: []plan.Field{{Path: []string{"q"}, Secret: true}}}, "before"},
		"the rest of it": {plan.Change{Key: key, Action: plan.Update, Fields: []plan.Field{{Path: []string{"x"}}}}, "before"},
	} {
		if got := run.shownAfter(test.change, now); len(got) != 1 || got["/p"] != test.want {
			t.Errorf("%s: got %v, want %s", name, got, test.want)
		}
	}
}
