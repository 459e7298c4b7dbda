package node

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestDocumentedExamples runs the examples of docs/providers/node.md, in their
// order, on one node. An example is a request line, headers, a body, an empty
// line, a status and a body.
func TestDocumentedExamples(t *testing.T) {
	page, err := os.ReadFile("../../docs/providers/node.md")
	if err != nil {
		t.Fatal(err)
	}
	n := newNode(t, Options{Leases: newBook(nil), Name: "gw1", Version: "v1", Clock: func() time.Time {
		return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	}})
	n.store.instance = "UTWTSLO4EOQGDVEGU4QDRWBI2T"
	examples := regexp.MustCompile("(?s)```http\n(.*?)\n\n(.*?)\n```").FindAllStringSubmatch(string(page), -1)
	if len(examples) < 12 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, example := range examples {
		method, target, headers, body := request(example[1])
		if target == "/v1/fires" {
			n.fire(t, noon.Add(-time.Second))
			n.fire(t, noon)
		}
		w := n.do(method, target, body, headers...)
		if got := strings.TrimSpace(fmt.Sprintf("%d\n%s", w.Code, w.Body)); got != example[2] {
			t.Errorf("%s\n got %s\nwant %s", example[1], got, example[2])
		}
	}
}

func request(text string) (method, target string, headers []string, body string) {
	lines := strings.Split(text, "\n")
	method, target, _ = strings.Cut(lines[0], " ")
	for _, line := range lines[1:] {
		if strings.HasPrefix(line, "{") {
			body = line
			continue
		}
		headers = append(headers, line)
	}
	return method, target, headers, body
}

// TestDocumentedModes has each fault in the table of bad modes.
func TestDocumentedModes(t *testing.T) {
	page, err := os.ReadFile("../../docs/providers/node.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range Faults() {
		if !strings.Contains(string(page), "\n| `"+mode+"` | ") {
			t.Errorf("docs/providers/node.md does not have %s", mode)
		}
	}
}
