package rules

import (
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/load"

	reconciler "github.com/gitops-reconciler/reconciler"
	"github.com/gitops-reconciler/reconciler/schema"
)

// leftToGo tells of an example whether CUE leaves it to Go, although it says the rule: the health of groups and
// peers, which is completed there first, where two addresses lead to one port, and where sidecars are.
func leftToGo(rule, is string) bool {
	return slices.Contains([]string{
		"health-durations: at a group",
		"health-dead-above-heartbeat: rarer probes of a group",
		"health-dead-above-heartbeat: sooner for one peer",
		"health-timeout-within-probe: more frequent probes of a peer",
		"health-lease-above-probe: rarer probes of a peer",
		"health-listen: one peer's",
		"peer-address-unique: one port, by two schemes",
		"peer-address-unique: one secure port",
		"peer-address-unique: its own sidecar's",
		"peer-address-unique: another's sidecar's",
		"peer-address-reachable: a sidecar's",
		"peer-transport: a sidecar's https",
	}, rule+": "+is)
}

// TestCUEAgrees holds CUE, as plain `cue vet -c` evaluates it, to the examples of the rules that it says: it
// breaks the same rule where Go does, or refuses the value itself, and has nothing against a near miss.
func TestCUEAgrees(t *testing.T) {
	inCUE := rulesInCUE(t)
	for id, examples := range examples() {
		if !inCUE[id] {
			continue
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			for _, example := range examples {
				agree(t, id, example)
			}
		})
	}
}

func agree(t *testing.T, id string, e example) {
	t.Helper()
	c := valid()
	e.change(c)
	said := vet(t, c)
	switch breaks, left := len(e.want) > 0, leftToGo(id, e.is); {
	case !breaks && said != nil:
		t.Errorf("%s, a near miss: %v", e.is, said)
	case breaks && !left && !refuses(said, id, Check(c)):
		t.Errorf("%s: %v", e.is, said)
	case left && said != nil:
		t.Errorf("%s is not left to Go: %v", e.is, said)
	}
}

// refuses tells whether all that CUE said is this rule, or a type's refusal of what the rule is about.
func refuses(said []verdict, id string, problems []schema.Problem) bool {
	for _, v := range said {
		about := func(p schema.Problem) bool { return strings.HasPrefix(v.path, schema.JoinPath(p.Path)) }
		if v.rule != id && (v.rule != "" || !slices.ContainsFunc(problems, about)) {
			return false
		}
	}
	return len(said) > 0
}

// verdict is something that CUE has against a cluster: the rule that is broken, or the path of what is
// refused.
type verdict struct{ rule, path string }

// vet evaluates a cluster written down in CUE.
func vet(t *testing.T, c *schema.Cluster) []verdict {
	t.Helper()
	value := evaluated(t, inCUE(t, c))
	err := value.Validate(cue.Concrete(true), cue.Definitions(true), cue.Hidden(true), cue.Attributes(true))
	var said []verdict
	for _, e := range errors.Errors(err) {
		path := e.Path()
		for i, label := range path {
			if text, err := literal.Unquote(label); err == nil {
				path[i] = text
			}
		}
		v := verdict{path: schema.JoinPath(path)}
		if i := slices.Index(path, "_rule"); i >= 0 && i+1 < len(path) {
			v = verdict{rule: path[i+1]}
		}
		said = append(said, v)
	}
	return said
}

func evaluated(t *testing.T, text string) cue.Value {
	t.Helper()
	const root = "/rules.invalid"
	overlay := map[string]load.Source{root + "/agree/cluster.cue": load.FromString(text)}
	err := fs.WalkDir(reconciler.Module, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			var data []byte
			data, err = reconciler.Module.ReadFile(name)
			overlay[root+"/"+name] = load.FromBytes(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	instance := load.Instances([]string{"."}, &load.Config{Dir: root + "/agree", Overlay: overlay, Env: []string{"CUE_REGISTRY=none"}})[0]
	value := cuecontext.New().BuildInstance(instance)
	if instance.Err != nil {
		t.Fatalf("%v: %s", instance.Err, text)
	}
	return value
}

// inCUE writes a cluster and its provider as a person would: without what is empty, which Go has and CUE has
// defaults for.
func inCUE(t *testing.T, c *schema.Cluster) string {
	t.Helper()
	all := plain(t, c)
	provider := all["provider"].(map[string]any)
	for _, kind := range provider["kinds"].(map[string]any) {
		if kind := kind.(map[string]any); kind["lever"] != nil {
			kind["lever"] = map[string]any{"active": map[string]any{}, "standby": "absent"}
		}
	}
	delete(all, "provider")
	for serial, peer := range c.Peers {
		all["peers"].(map[string]any)[serial].(map[string]any)["electable"] = peer.Electable
	}
	return "package agree\n\nimport \"" + modulePath + "/schema\"\n\ncluster: schema.#Cluster & " + text(t, all) +
		"\ncluster: #provider: " + text(t, provider) + "\ncluster: #provider: kinds: [_]: #body: {...}\n"
}

const modulePath = "github.com/gitops-reconciler/reconciler"

func plain(t *testing.T, value any) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(text(t, value)), &all); err != nil {
		t.Fatal(err)
	}
	dropEmpty(all)
	return all
}

func text(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// dropEmpty takes out what an author would not write; bodies of items stay as they are.
func dropEmpty(fields map[string]any) {
	for name, value := range fields {
		below, isObject := value.(map[string]any)
		switch {
		case value == nil || value == "":
			delete(fields, name)
		case isObject && name != "items":
			dropEmpty(below)
		}
	}
}

// rulesInCUE are the ids below _rule in the vocabulary.
func rulesInCUE(t *testing.T) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for _, rule := range All() {
		files, err := fs.Glob(reconciler.Module, "schema/*.cue")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			data, err := reconciler.Module.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(data), `"`+rule.ID+`": `) {
				ids[rule.ID] = true
			}
		}
	}
	if len(ids) < 20 {
		t.Fatalf("found only %v", ids)
	}
	return ids
}
