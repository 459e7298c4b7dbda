package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	cuejson "cuelang.org/go/encoding/json"
	"cuelang.org/go/encoding/jsonschema"
)

// jsonSchema reads a schema that others build on.
func jsonSchema(t *testing.T, name string) cue.Value {
	t.Helper()
	ctx := cuecontext.New()
	data, err := os.ReadFile("../../docs/schema/" + name)
	ok(t, err)
	expr, err := cuejson.Extract(name, data)
	ok(t, err)
	file, err := jsonschema.Extract(ctx.BuildExpr(expr), &jsonschema.Config{})
	ok(t, err)
	return ctx.BuildFile(file)
}

func misfit(schema cue.Value, document string) error {
	expr, err := cuejson.Extract("document", []byte(document))
	if err != nil {
		return err
	}
	return schema.Unify(cuecontext.New().BuildExpr(expr)).Validate(cue.Concrete(true))
}

// TestDocumentsKeepTheirSchemas validates what plan, apply and --events print, and what they must not.
func TestDocumentsKeepTheirSchemas(t *testing.T) {
	plans, reports, events, stales := jsonSchema(t, "plan.json"), jsonSchema(t, "report.json"), jsonSchema(t, "event.json"), jsonSchema(t, "stale.json")
	for _, name := range []string{"tame", hostileNames()["escapes"]} {
		all := outputs(t, name)
		for _, document := range []struct {
			schema cue.Value
			text   string
		}{{plans, all["plan json"]}, {reports, all["report json"]}, {stales, all["stale json"]}} {
			if err := misfit(document.schema, document.text); err != nil {
				t.Errorf("%v in\n%s", err, document.text)
			}
		}
		lines := strings.SplitAfter(strings.TrimSuffix(all["plan events"]+all["report events"], "\n"), "\n")
		if len(lines) != 5 {
			t.Errorf("%d events", len(lines))
		}
		for _, line := range lines {
			if err := misfit(events, line); err != nil {
				t.Errorf("%v in\n%s", err, line)
			}
		}
	}
}

func TestSchemasRefuse(t *testing.T) {
	all := outputs(t, "tame")
	for name, documents := range map[string][]string{
		"plan.json": {
			"{}", all["report json"], strings.Replace(all["plan json"], `"version": 1`, `"version": 2`, 1),
			strings.Replace(all["plan json"], `"action": "create"`, `"action": "make"`, 1),
			strings.Replace(all["plan json"], `"summary"`, `"sum"`, 1),
			strings.Replace(all["plan json"], `"secret": true`, `"value": "x"`, 1),
		},
		"report.json": {"{}", all["plan json"], strings.Replace(all["report json"], `"status": "failed"`, `"status": "lost"`, 1)},
		"stale.json":  {"{}", all["plan json"], strings.Replace(all["stale json"], `"side": "peer"`, `"side": "left"`, 1), strings.Replace(all["stale json"], `"kind"`, `"class"`, 1)},
		"event.json": {
			"{}", `{"version":1,"seq":0,"time":"t","type":"end","code":0}`, `{"version":1,"seq":1,"time":"t","type":"end"}`,
			`{"version":1,"seq":1,"time":"t","type":"other"}`, `{"version":2,"seq":1,"time":"t","type":"end","code":0}`,
		},
	} {
		for _, document := range documents {
			if misfit(jsonSchema(t, name), document) == nil {
				t.Errorf("%s allows %.300s", name, document)
			}
		}
	}
}

// full is a disk that is.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func (full) Close() error { return nil }

// TestEventsThatCannotBeWritten: the run goes on, and the end says so.
func TestEventsThatCannotBeWritten(t *testing.T) {
	a := &app{}
	a.record = &recorder{clock: noTime, to: full{}}
	a.record.add(event{Type: "start"})
	if err := a.record.end(0, nil); err == nil || err.Error() != "no space left" {
		t.Error(err)
	}
}

func noTime() (zero time.Time) { return zero }
