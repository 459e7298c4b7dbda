package diagnostics_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	cuejson "cuelang.org/go/encoding/json"
	"cuelang.org/go/encoding/jsonschema"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestJSONKeepsItsSchema validates documents against the schema that others build on.
func TestJSONKeepsItsSchema(t *testing.T) {
	ctx := cuecontext.New()
	data, err := os.ReadFile("../../../docs/schema/problems.json")
	if err != nil {
		t.Fatal(err)
	}
	expr, err := cuejson.Extract("problems.json", data)
	if err != nil {
		t.Fatal(err)
	}
	file, err := jsonschema.Extract(ctx.BuildExpr(expr), &jsonschema.Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := ctx.BuildFile(file)
	for _, document := range [][]byte{encode(t, "json", report()), encode(t, "json", valid()), encode(t, "json", many()), encode(t, "json", changed())} {
		if err := misfit(want, document); err != nil {
			t.Errorf("%v in\n%s", err, document)
		}
	}
	for _, document := range []string{
		`{"version": 2, "valid": true, "total": 0, "problems": []}`,
		`{"version": 1, "valid": true, "total": 0}`,
		`{"version": 1, "valid": true, "total": 0, "problems": [], "more": 1}`,
		`{"version": 1, "valid": false, "total": 1, "problems": [{"rule": "schema"}]}`,
		`{"version": 1, "valid": false, "total": 1, "problems": [{"rule": "schema", "message": "m", "at": {"file": "f", "line": 0}}]}`,
	} {
		if misfit(want, []byte(document)) == nil {
			t.Errorf("the schema allows %s", document)
		}
	}
}

func misfit(schema cue.Value, document []byte) error {
	expr, err := cuejson.Extract("document", document)
	if err != nil {
		return err
	}
	return schema.Unify(cuecontext.New().BuildExpr(expr)).Validate(cue.Concrete(true))
}

type document struct {
	Version  int              `json:"version"`
	Valid    bool             `json:"valid"`
	Cluster  string           `json:"cluster"`
	Total    int              `json:"total"`
	Problems []schema.Problem `json:"problems"`
}

func TestJSONHoldsTheProblems(t *testing.T) {
	var got document
	strictJSON(t, encode(t, "json", report()), &got)
	want := report()
	if got.Version != 1 || got.Valid || got.Total != 4 || got.Cluster != "" {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff(want.Problems[:3], got.Problems[:3]); diff != "" {
		t.Error(diff)
	}
	if message := bytes.ToValidUTF8([]byte(hostile), []byte("\ufffd")); got.Problems[3].Message != string(message) {
		t.Errorf("a hostile message comes back as %q", got.Problems[3].Message)
	}
}

func TestJSONOfAValidConfigurationIsEmpty(t *testing.T) {
	want := `{
  "version": 1,
  "valid": true,
  "cluster": "mft",
  "total": 0,
  "problems": []
}
`
	if got := string(encode(t, "json", valid())); got != want {
		t.Errorf("got %s", got)
	}
}

func TestJSONTellsHowManyThereAre(t *testing.T) {
	var got document
	strictJSON(t, encode(t, "json", many()), &got)
	if got.Total != 73 || len(got.Problems) != 50 {
		t.Errorf("total %d, and %d problems", got.Total, len(got.Problems))
	}
}

func strictJSON(t *testing.T, data []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
}
