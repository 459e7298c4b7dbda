package plan

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/schema"
)

var update = flag.Bool("update", false, "rewrite the expected texts in testdata")

// TestStories runs the files in testdata: blocks that say what there is (kinds, others, desired, base,
// observed, intents; each replaces the one before it), and commands (diff and waves, with --take-over or
// --replace or both; resume) with the text that they
// are to give after a line of dashes. In them a secret is written as what it is; a line "KIND ! TEXT" in
// observed is a listing that failed, and "KIND ?" one that is not there.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	ok(t, err)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			before, err := os.ReadFile(file)
			ok(t, err)
			after := tell(t, string(before))
			if *update {
				ok(t, os.WriteFile(file, []byte(after), 0o600))
			} else if d := cmp.Diff(string(before), after); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// tell returns the text with what its commands give.
func tell(t *testing.T, text string) string {
	s := story{t: t, in: Input{Serial: "1001", Revision: "r2"}}
	var out []string
	lines := strings.Split(text, "\n")
	for len(lines) > 0 {
		line := lines[0]
		lines = lines[1:]
		out = append(out, line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		n := slices.IndexFunc(lines, func(l string) bool { return l == "" || l == "----" })
		if answer, isCommand := s.command(line); isCommand {
			out = append(append(out, "----"), answer...)
			n = slices.Index(lines, "")
		} else {
			s.state(line, lines[:n])
			out = append(out, lines[:n]...)
		}
		lines = lines[n:]
	}
	return strings.Join(out, "\n")
}

type story struct {
	t       *testing.T
	in      Input
	intents map[schema.Key]Record
}

// state takes a block that says what there is.
func (s *story) state(name string, lines []string) {
	s.t.Helper()
	switch name {
	case "kinds":
		s.in.Kinds = s.kinds(lines)
	case "others":
		s.in.Others = s.kinds(lines)
	case "desired":
		s.in.Desired = schema.Items{}
		s.items(lines, s.in.Desired, sealed)
	case "base":
		s.in.Base = s.records(lines)
	case "intents":
		s.intents = s.records(lines)
	case "observed":
		s.observed(lines)
	default:
		s.t.Fatalf("%q is no block", name)
	}
}

func (s *story) kinds(lines []string) map[string]schema.Kind {
	s.t.Helper()
	kinds := map[string]schema.Kind{}
	for _, line := range lines {
		kind, text, _ := strings.Cut(line, " ")
		kinds[kind] = parseKind(s.t, text)
	}
	return kinds
}

func (s *story) records(lines []string) map[schema.Key]Record {
	items := schema.Items{}
	s.items(lines, items, marked)
	records := map[schema.Key]Record{}
	for kind, bodies := range items {
		for id, body := range bodies {
			records[schema.Key{Kind: kind, ID: id}] = Record{Body: body, Revision: "r1"}
		}
	}
	return records
}

func (s *story) observed(lines []string) {
	items := schema.Items{}
	s.items(slices.DeleteFunc(slices.Clone(lines), notAnItem), items, asItIs)
	s.in.Observed.Kinds = map[string]schema.Listing{}
	for _, kinds := range []map[string]schema.Kind{s.in.Kinds, s.in.Others} {
		for kind := range kinds {
			s.in.Observed.Kinds[kind] = schema.Listing{Items: items[kind]}
		}
	}
	for _, line := range slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !notAnItem(l) }) {
		kind, text, _ := strings.Cut(line, " ")
		if text == "?" {
			delete(s.in.Observed.Kinds, kind)
			continue
		}
		s.in.Observed.Kinds[kind] = schema.Listing{Err: errors.New(strings.TrimPrefix(text, "! "))}
	}
}

func notAnItem(line string) bool {
	_, text, _ := strings.Cut(line, " ")
	return text == "?" || strings.HasPrefix(text, "! ")
}

func (s *story) items(lines []string, into schema.Items, secret func(string) any) {
	s.t.Helper()
	for _, line := range lines {
		key, text, _ := strings.Cut(line, " ")
		kind, id, _ := strings.Cut(key, "/")
		if into[kind] == nil {
			into[kind] = map[string]schema.Body{}
		}
		into[kind][id] = withSecrets(s.in.Kinds[kind], parse(s.t, text), secret)
	}
}

// command runs a command, if the line is one.
func (s *story) command(line string) ([]string, bool) {
	in := s.in
	verb, consent, _ := strings.Cut(line, " ")
	in.TakeOver = strings.Contains(consent, "--take-over")
	in.Replace = func(schema.Key) bool { return strings.Contains(consent, "--replace") }
	switch verb {
	case "diff":
		return describe(Diff(in)), true
	case "resume":
		in.Base = Resume(in.Kinds, in.Observed, in.Base, s.intents)
		return describeRecords("base", in.Base), true
	case "waves":
		waves, err := Waves(schema.Provider{Kinds: in.Kinds}, Diff(in).Changes)
		ok(s.t, err)
		var lines []string
		for i, wave := range waves {
			lines = append(lines, fmt.Sprintf("%d: %s", i+1, strings.Join(withNeeds(wave), ", ")))
		}
		return lines, true
	default:
		return nil, false
	}
}

// withNeeds are changes, each with those that it needs.
func withNeeds(changes []Change) []string {
	lines := texts(changes)
	for i, change := range changes {
		for _, d := range change.After {
			lines[i] += fmt.Sprintf(" [%s %s]", d.Need, d.Key)
		}
	}
	return lines
}

func texts(changes []Change) []string {
	var lines []string
	for _, change := range changes {
		lines = append(lines, change.Action.Symbol()+" "+change.Key.String())
	}
	return lines
}

func describeRecords(word string, records map[schema.Key]Record) []string {
	var lines []string
	for _, key := range slices.SortedFunc(maps.Keys(records), compareKeys) {
		lines = append(lines, fmt.Sprintf("%s %s %s from %s", word, key, show(records[key].Body), records[key].Revision))
	}
	return lines
}
