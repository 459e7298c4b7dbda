package diagnostics

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"

	"github.com/gitops-reconciler/reconciler/schema"
)

// document is the JSON form of a report; docs/schema/problems.json describes it.
type document struct {
	Version  int              `json:"version"` // of this format
	Valid    bool             `json:"valid"`
	Cluster  string           `json:"cluster,omitempty"`
	Against  string           `json:"against,omitempty"`
	Total    int              `json:"total"` // of which problems holds at most Most
	Problems []schema.Problem `json:"problems"`
}

func encodeJSON(r Report) ([]byte, error) {
	return JSON(document{
		Version: 1, Valid: len(r.Problems) == 0, Cluster: r.Cluster, Against: r.Against, Total: len(r.Problems),
		Problems: append([]schema.Problem{}, r.shown()...),
	})
}

// JSON writes a value as indented JSON of which every character is printable, so that it can be looked at.
func JSON(value any) ([]byte, error) { return encode(value, "  ") }

// JSONLine writes a value as JSON does, on one line.
func JSONLine(value any) ([]byte, error) { return encode(value, "") }

func encode(value any, indent string) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	var safe bytes.Buffer
	for _, r := range b.String() {
		if r == '\n' || visible(r) {
			safe.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&safe, `\u%04x`, unit)
		}
	}
	// Only a string has two of them, and there a runner may take them for its command (see Disarmed).
	return bytes.ReplaceAll(safe.Bytes(), []byte("##"), []byte(`#\u0023`)), nil
}
