package load

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// TestJSONSchema: there is one of every product, it is JSON Schema, it is always the same, and what it
// wants is a cluster. What the examples say, before the vocabulary adds its defaults, it accepts.
func TestJSONSchema(t *testing.T) {
	t.Parallel()
	if len(Products()) != 7 {
		t.Errorf("products: %v, want seven", Products())
	}
	accepted := map[string]bool{}
	for dir, of := range examples(t) {
		if err := of.schema.Validate(of.data); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		accepted[of.product] = true
	}
	for _, product := range Products() {
		if !accepted[product] && product != "node" {
			t.Errorf("no example of %s", product)
		}
		if again := exported(t, product); again != exported(t, product) {
			t.Errorf("%s: the schema differs from one time to the next", product)
		}
		schema := schemaOf(t, product)
		if err := schema.Validate(map[string]any{"name": "one"}); err != nil {
			t.Errorf("%s: %v", product, err)
		}
		if schema.Validate(map[string]any{}) == nil {
			t.Errorf("%s: it accepts a cluster without a name", product)
		}
	}
	if _, err := JSONSchema("rest"); err == nil {
		t.Error("the engine's vocabulary is taken for a product's")
	}
}

// TestJSONSchemaDescribes: what editors show is there, and where the schema ends is said.
func TestJSONSchemaDescribes(t *testing.T) {
	t.Parallel()
	text := exported(t, "sftpgo")
	for _, want := range []string{
		`"default":"10m"`, `"default":{"/":["*"]}`, `"description":"Where its admin API answers (CLEO-23)."`,
		`"description":"An account."`, `"UserChange"`, "`reconciler validate` checks it",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not have %s", want)
		}
	}
	var undescribed []string
	lacking(unmarshalled(t, []byte(text)), "", &undescribed)
	if len(undescribed) > 0 {
		t.Errorf("fields without a description: %v", undescribed)
	}
}

// lacking finds the properties without a description.
func lacking(s any, at string, found *[]string) {
	switch s := s.(type) {
	case map[string]any:
		fields, _ := s["properties"].(map[string]any)
		for name, field := range fields {
			if field, _ := field.(map[string]any); field["description"] == nil {
				*found = append(*found, at+"/"+name)
			}
		}
		for name, below := range s {
			lacking(below, at+"/"+name, found)
		}
	case []any:
		for _, below := range s {
			lacking(below, at, found)
		}
	}
}

// TestJSONSchemaRefuses: each single mistake in a cluster that is right is refused, and by Load too; and
// each change that is none is accepted, by Load all of them together.
func TestJSONSchemaRefuses(t *testing.T) {
	t.Parallel()
	const bare = `{"name": "mft", "peers": {"1001": {"address": "n1"}, "1002": {"address": "n2", "group": "east"}}, "groups": {"east": {}}}`
	right := func(t *testing.T, product string) map[string]any {
		if product == "sftpgo" {
			return mergedInto(patch(t, bare), patch(t, `{"items": {"user": {"bob": {"home_dir": "/b"}}, "folder": {"in": {"mapped_path": "/in"}}}}`))
		}
		return patch(t, bare)
	}
	schemas, all := map[string]*jsonschema.Schema{}, map[string]map[string]any{}
	for _, c := range []struct{ product, wrong, right string }{
		{"sftpgo", `{"naam": "x"}`, `{"note": "x"}`},
		{"sftpgo", `{"name": null}`, `{"name": "x"}`},
		{"sftpgo", `{"name": "No Name"}`, `{"name": "aName-9"}`},
		{"sftpgo", `{"provider": "node"}`, `{"provider": "sftpgo"}`},
		{"sftpgo", `{"peers": {"1001": {"addr": "n1"}}}`, `{"peers": {"1001": {"alias": "n1"}}}`},
		{"sftpgo", `{"peers": {"1001": {"address": null}}}`, `{"peers": {"1001": {"address": "https://n1:8443/x"}}}`},
		{"sftpgo", `{"peers": {"1001": {"address": "n1?x"}}}`, `{"peers": {"1001": {"address": "[2001:db8::1]:80"}}}`},
		{"sftpgo", `{"peers": {"1001": {"securePort": 0}}}`, `{"peers": {"1001": {"securePort": 1}}}`},
		{"sftpgo", `{"peers": {"1001": {"securePort": 65536}}}`, `{"peers": {"1001": {"securePort": 65535}}}`},
		{"sftpgo", `{"peers": {"1001": {"securePort": 8.5}}}`, `{"peers": {"1001": {"priority": 8}}}`},
		{"sftpgo", `{"peers": {"1001": {"backup": "yes"}}}`, `{"peers": {"1001": {"backup": false}}}`},
		{"sftpgo", `{"peers": {"1001": {"licence": "none"}}}`, `{"peers": {"1001": {"licence": "full"}}}`},
		{"sftpgo", `{"peers": {"-1": {"address": "n3"}}}`, `{"peers": {"HC-3": {"address": "n3"}}}`},
		{"sftpgo", `{"peers": {"1001": {"share": {"hosts": "all"}}}}`, `{"peers": {"1001": {"share": {"hosts": false, "schedule": false}}}}`},
		{"sftpgo", `{"peers": {"1001": {"share": {"routes": true}}}}`, `{"peers": {"1001": {"share": {"folders": true}}}}`},
		{"sftpgo", `{"peers": {"1001": {"credentials": {"password": "secret"}}}}`, `{"peers": {"1001": {"credentials": {"password": "env:X"}}}}`},
		{"sftpgo", `{"peers": {"1001": {"items": {"user": {"bob": {"home": "/c"}}}}}}`, `{"peers": {"1001": {"items": {"user": {"bob": {"home_dir": "/c"}}}}}}`},
		{"sftpgo", `{"peers": {"1001": {"items": {"user": {"bob": {"max_sessions": "3"}}}}}}`, `{"peers": {"1001": {"items": {"user": {"bob": {"filters": {"allowed_ip": null}}}}}}}`},
		{"sftpgo", `{"groups": {"east": {"items": {"usr": {"bob": {}}}}}}`, `{"groups": {"east": {"items": {"user": {"bob": null}}}}}`},
		{"sftpgo", `{"groups": {"east": {"health": {"warn": 2}}}}`, `{"groups": {"east": {"health": {"warn": 1}}}}`},
		{"sftpgo", `{"items": {"users": {"bob": {}}}}`, `{"items": {"group": {"bob": {}}}}`},
		{"sftpgo", `{"items": {"user": {"bob": {"home_dir": "/b/"}}}}`, `{"items": {"user": {"bob": {"home_dir": "/"}}}}`},
		{"sftpgo", `{"items": {"user": {"bob": {"home_dir": "/b//c"}}}}`, `{"items": {"user": {"bob": {"home_dir": "/b/c"}}}}`},
		{"sftpgo", `{"items": {"user": {"bob": {"status": 2}}}}`, `{"items": {"user": {"bob": {"status": 0}}}}`},
		{"sftpgo", `{"items": {"user": {"bob": {"permissions": {"/": ["fly"]}}}}}`, `{"items": {"user": {"bob": {"permissions": {"/": ["list"]}}}}}`},
		{"sftpgo", `{"items": {"user": {"bob": {"permissions": {"x": ["*"]}}}}}`, `{"items": {"user": {"bob": {"permissions": {"/x": ["*"]}}}}}`},
		{"sftpgo", `{"items": {"user": {"bob": {"public_keys": ["ssh-rsa a", "ssh-rsa a"]}}}}`, `{"items": {"user": {"bob": {"public_keys": ["ssh-rsa a", "ssh-rsa b"]}}}}`},
		{"sftpgo", `{"items": {"user": {"bob": {"virtual_folders": [{"virtual_path": "/x"}]}}}}`, `{"items": {"user": {"bob": {"virtual_folders": [{"name": "in", "virtual_path": "/x"}]}}}}`},
		{"sftpgo", `{"items": {"user": {"bob": {"quota_size": -1}}}}`, `{"items": {"user": {"bob": {"quota_size": 0}}}}`},
		{"sftpgo", `{"roles": {"duty": {"candidates": []}}}`, `{"roles": {"duty": {"candidates": ["1001"]}}}`},
		{"sftpgo", `{"roles": {"duty": {"candidates": ["1001", "1001"]}}}`, `{"roles": {"duty": {"candidates": ["1001", "1002"]}}}`},
		{"sftpgo", `{"roles": {"duty": {"holders": 0}}}`, `{"roles": {"duty": {"holders": 2}}}`},
		{"sftpgo", `{"roles": {"duty": {"holders": "some"}}}`, `{"roles": {"duty": {"holders": "all"}}}`},
		{"sftpgo", `{"roles": {"duty": {"settle": "10 m"}}}`, `{"roles": {"duty": {"settle": "10m"}}}`},
		{"sftpgo", `{"roles": {"duty": {"settle": ""}}}`, `{"roles": {"duty": {"settle": "1h30m"}}}`},
		{"sftpgo", `{"guards": {"deletes": "130%"}}`, `{"guards": {"deletes": "13%"}}`},
		{"sftpgo", `{"guards": {"deletes": -1}}`, `{"guards": {"deletes": 0}}`},
		{"sftpgo", `{"windows": {"night": {"opens": "0 22 * *", "lasts": "2h"}}}`, `{"windows": {"night": {"opens": "0 22 * * *", "lasts": "2h"}}}`},
		{"sftpgo", `{"windows": {"night": {"opens": "0 22 * * *"}}}`, `{"windows": {"night": {"opens": "0 22 * * *", "lasts": "2h", "of": ["move"]}}}`},
		{"sftpgo", `{"hooks": {"page": {"on": ["dea"], "run": ["x"]}}}`, `{"hooks": {"page": {"on": ["dead"], "run": ["x"]}}}`},
		{"sftpgo", `{"notify": {"desk": {"on": ["dead"], "to": ["desk@example.org"]}}}`, `{"notify": {"desk": {"on": ["dead"], "to": ["mailto:desk@example.org"]}}}`},
		{"sftpgo", `{"suspended": {"reason": "moving"}}`, `{"suspended": {"accumulate": true, "until": "2026-01-31T18:00Z"}}`},
		{"sftpgo", `{"transport": "ssh"}`, `{"transport": "https"}`},
		{"sftpgo", `{"leave": {"user": ["a", 1]}}`, `{"leave": {"user": ["a*"]}}`},
		{"cleo", `{"items": {"action": {"x": {"host": "h", "cron": "@daily", "commands": ["x"]}}}}`, `{"items": {"action": {"x": {"host": "h", "cron": "0 1 * * *", "commands": ["x"]}}}}`},
		{"cleo", `{"items": {"route": {"x": {"from": "a", "to": "b", "via": "c"}}}}`, `{"items": {"option": {"x": {"via": "c"}}}}`},
		{"ektron", `{"items": {"site": {"x": {"loadBalanced": false}}}, "peers": {"1001": {"group": "staging", "labels": {"install": "full"}}}}`, `{"items": {"site": {"x": {"loadBalanced": true}}}, "peers": {"1001": {"group": "staging", "labels": {"install": "full"}}}}`},
		{"mss", `{"roles": {"master": {"candidates": ["1001"], "holders": 2}}}`, `{"roles": {"master": {"candidates": ["1001"], "holders": 1}}}`},
		{"iway", `{"health": {"listen": ":1559"}, "items": {"channel": {"x": {"inlet": "i", "route": "r", "outlet": "o", "state": "up"}}}}`, `{"health": {"listen": ":1559"}, "items": {"channel": {"x": {"inlet": "i", "route": "r", "outlet": "o", "state": "started"}}}}`},
		{"iplanet", `{"items": {"parameter": {"MaxBackups": {"value": 2}}}, "peers": {"1001": {"priority": 0}, "1002": {"priority": 1}}, "roles": {"sync": {"seats": ["Primary"]}}}`, `{"items": {"parameter": {"MaxBackups": {"value": 2}}}, "peers": {"1001": {"priority": 0}, "1002": {"priority": 1}}, "roles": {"sync": {"seats": ["primary", "backup", "backup", "alternate"]}}}`},
		{"node", `{"items": {"folder": {"in": {"path": "x"}}}}`, `{"items": {"folder": {"in": {"path": "/x"}}}}`},
	} {
		if schemas[c.product] == nil {
			schemas[c.product], all[c.product] = schemaOf(t, c.product), right(t, c.product)
		}
		schema := schemas[c.product]
		t.Run(c.product, func(t *testing.T) {
			t.Parallel()
			wrong, fine := mergedInto(right(t, c.product), patch(t, c.wrong)), mergedInto(right(t, c.product), patch(t, c.right))
			if schema.Validate(wrong) == nil {
				t.Errorf("the schema accepts %s", c.wrong)
			}
			if len(loaded(c.product, marshalled(wrong)).Problems) == 0 {
				t.Errorf("Load accepts %s", c.wrong)
			}
			if err := schema.Validate(fine); err != nil {
				t.Errorf("%s: %v", c.right, err)
			}
		})
		all[c.product] = mergedInto(all[c.product], patch(t, c.right))
	}
	for product, whole := range all {
		if problems := loaded(product, marshalled(whole)).Problems; len(problems) > 0 {
			t.Errorf("%s: %s: %v", product, marshalled(whole), problems)
		}
	}
}

// TestJSONSchemaRefusesNoMoreThanLoad: whatever becomes of an example by a change of one value, if the
// schema refuses it, so does Load.
func TestJSONSchemaRefusesNoMoreThanLoad(t *testing.T) {
	t.Parallel()
	all := examples(t)
	dirs := slices.Sorted(maps.Keys(all))
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		of := all[rapid.SampledFrom(dirs).Draw(t, "example")]
		data := disturbed(t, of.data)
		err := of.schema.Validate(data)
		if err == nil {
			return
		}
		refused++
		if len(loaded(of.product, marshalled(data)).Problems) == 0 {
			t.Fatalf("Load accepts %s\nthe schema does not: %v", marshalled(data), err)
		}
	})
	if refused == 0 {
		t.Error("the schema refused nothing")
	}
}

// disturbed is data with one value in it changed: dropped, of another type, or under another name.
func disturbed(t *rapid.T, data any) any {
	switch data := data.(type) {
	case map[string]any:
		if len(data) == 0 || rapid.IntRange(0, 9).Draw(t, "here") == 0 {
			break
		}
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(data))).Draw(t, "name")
		changed := maps.Clone(data)
		switch rapid.IntRange(0, 5).Draw(t, "how") {
		case 0:
			delete(changed, name)
		case 1:
			delete(changed, name)
			changed[name+"x"] = data[name]
		default:
			changed[name] = disturbed(t, data[name])
		}
		return changed
	case []any:
		if len(data) == 0 {
			break
		}
		changed := slices.Clone(data)
		i := rapid.IntRange(0, len(data)-1).Draw(t, "i")
		changed[i] = disturbed(t, data[i])
		return changed
	}
	return rapid.SampledFrom([]any{nil, true, 0, -1, 7.5, "", "all", "1001", "5m", []any{}, map[string]any{}}).Draw(t, "value")
}

// example is one of ours: its product, and what it says by itself.
type example struct {
	product string
	data    any
	schema  *jsonschema.Schema
}

func examples(t *testing.T) map[string]example {
	t.Helper()
	clusters, err := filepath.Glob("../../examples/*/cluster.cue")
	if err != nil || len(clusters) < 7 {
		t.Fatalf("examples: %v (%v)", clusters, err)
	}
	all := map[string]example{}
	for _, name := range clusters {
		dir := filepath.Dir(name)
		product, data := authored(t, dir)
		all[filepath.Base(dir)] = example{product, data, schemaOf(t, product)}
	}
	return all
}

// authored evaluates an example without its product: what people wrote, and nothing else.
func authored(t *testing.T, dir string) (product string, data any) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.cue"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: no files (%v)", dir, err)
	}
	instance := build.NewContext().NewInstance(dir, nil)
	for _, name := range names {
		file, err := parser.ParseFile(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if of := withoutProduct(file); of != "" {
			product = of
		}
		if err := instance.AddSyntax(file); err != nil {
			t.Fatal(err)
		}
	}
	text, err := cuecontext.New().BuildInstance(instance).LookupPath(cue.ParsePath("cluster")).MarshalJSON()
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	return product, unmarshalled(t, text)
}

// withoutProduct takes the import and `product.#Cluster &` out of a file.
func withoutProduct(file *ast.File) (product string) {
	for _, decl := range file.Decls {
		field, ok := decl.(*ast.Field)
		if !ok {
			continue
		}
		if both, ok := field.Value.(*ast.BinaryExpr); ok {
			product = both.X.(*ast.SelectorExpr).X.(*ast.Ident).Name
			field.Value = both.Y
		}
	}
	file.Decls = slices.DeleteFunc(file.Decls, func(decl ast.Decl) bool {
		_, imports := decl.(*ast.ImportDecl)
		return imports
	})
	return product
}

func exported(t *testing.T, product string) string {
	t.Helper()
	whole, err := JSONSchema(product)
	if err != nil {
		t.Fatal(err)
	}
	return string(marshalled(whole))
}

func schemaOf(t *testing.T, product string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(product+".json", unmarshalled(t, []byte(exported(t, product)))); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(product + ".json")
	if err != nil {
		t.Fatalf("%s: %v", product, err)
	}
	return schema
}

func patch(t *testing.T, text string) map[string]any {
	t.Helper()
	whole, _ := unmarshalled(t, []byte(text)).(map[string]any)
	return whole
}

// mergedInto keeps a null where there was nothing, as a change of an item may say.
func mergedInto(whole, change map[string]any) map[string]any {
	for name, value := range change {
		below, isObject := value.(map[string]any)
		there, isThere := whole[name].(map[string]any)
		_, any := whole[name]
		switch {
		case isObject && isThere:
			whole[name] = mergedInto(there, below)
		case value == nil && any:
			delete(whole, name)
		default:
			whole[name] = value
		}
	}
	return whole
}

// loaded loads JSON, which is CUE, as a cluster of a product.
func loaded(product string, text []byte) Result {
	head := "package cluster\n\nimport \"github.com/gitops-reconciler/reconciler/providers/" + product + "\"\n\ncluster: " + product + ".#Cluster & "
	return Load(Input{Dir: ".", Files: map[string][]byte{"cluster.cue": append([]byte(head), text...)}})
}

func marshalled(data any) []byte {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // it came from JSON
	}
	return text
}

func unmarshalled(t *testing.T, text []byte) any {
	t.Helper()
	data, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
