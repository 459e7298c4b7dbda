package plan

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func parse(t testing.TB, text string) schema.Body {
	t.Helper()
	var body schema.Body
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return body
}

func parseKind(t testing.TB, text string) schema.Kind {
	t.Helper()
	var kind schema.Kind
	if err := json.Unmarshal([]byte(text), &kind); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return kind
}

// What a secret that is written in a story becomes, in what is desired, in a base, on a peer.
func sealed(text string) any { return schema.NewSecret(text, []byte("key")) }
func marked(text string) any { return schema.NewSecret(text, []byte("key")).Mark() }
func asItIs(text string) any { return text }

func withSecrets(kind schema.Kind, body schema.Body, secret func(string) any) schema.Body {
	for _, pointer := range kind.Secrets {
		if value, found := schema.Lookup(map[string]any(body), pointer); found {
			body = schema.Replace(body, pointer, secret(fmt.Sprint(value)))
		}
	}
	return body
}

// describe writes a plan down, line by line, in all that a caller can see of it.
func describe(p Peer) []string {
	var lines []string
	for _, change := range p.Changes {
		lines = append(lines, describeChange(change)...)
	}
	if p.InSync > 0 {
		lines = append(lines, fmt.Sprintf("in sync: %d", p.InSync))
	}
	if p.Foreign > 0 {
		lines = append(lines, fmt.Sprintf("foreign: %d", p.Foreign))
	}
	lines = append(lines, describeRecords("record", p.Records)...)
	for _, key := range p.Forget {
		lines = append(lines, "forget "+key.String())
	}
	for _, problem := range p.Problems {
		lines = append(lines, "problem: "+problem)
	}
	return lines
}

func describeChange(c Change) []string {
	head := c.String()
	if c.Held {
		head += " HELD"
	}
	lines := []string{head}
	if c.WaitsFor(Replacement) {
		lines = append(lines, "    ! it waits for consent to be made anew")
	}
	for _, obstacle := range c.Obstacles() {
		lines = append(lines, "    ! "+obstacle)
	}
	for _, f := range c.Fields {
		lines = append(lines, describeField(c, f))
	}
	if c.Unchanged > 0 {
		lines = append(lines, fmt.Sprintf("    (%d unchanged)", c.Unchanged))
	}
	return lines
}

func describeField(c Change, f Field) string {
	text := "    " + schema.JoinPath(f.Path) + ": "
	switch {
	case f.Secret:
		text += "(secret)"
	case c.Action == Create:
		text += show(f.New)
	case c.Action == Delete:
		text += show(f.Old)
	default:
		text += show(f.Old) + " -> " + show(f.New)
	}
	if f.Reason != c.Reason {
		text += " [" + string(f.Reason) + "]"
	}
	return text
}

var marks = regexp.MustCompile(`hmac-sha256:([0-9a-f]{4})[0-9a-f]*`)

// show is a value as JSON; of a mark only the beginning.
func show(v any) string {
	if v == nil {
		return "absent"
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return marks.ReplaceAllString(string(data), "mark:$1")
}
