package diagnostics_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// command is a workflow command, as a runner understands it.
type command struct {
	name       string
	properties map[string]string
	message    string
}

// parseCommands reads what a runner would: each line that begins with two colons is a command, of a name,
// properties up to the next two colons, and a message. Any other line is only a line of the log.
func parseCommands(t *testing.T, output string) []command {
	t.Helper()
	var all []command
	for line := range strings.Lines(output) {
		rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "::")
		head, message, found := strings.Cut(rest, "::")
		if !ok || !found {
			t.Errorf("not a command: %q", line)
			continue
		}
		name, list, _ := strings.Cut(head, " ")
		c := command{name: name, properties: map[string]string{}, message: unescape(message, false)}
		for pair := range strings.SplitSeq(list, ",") {
			key, value, _ := strings.Cut(pair, "=")
			c.properties[key] = unescape(value, true)
		}
		all = append(all, c)
	}
	return all
}

func unescape(text string, property bool) string {
	if property {
		text = strings.NewReplacer("%3A", ":", "%2C", ",").Replace(text)
	}
	text = strings.NewReplacer("%0D", "\r", "%0A", "\n").Replace(text)
	return strings.ReplaceAll(text, "%25", "%")
}

func TestGitHubHoldsTheProblems(t *testing.T) {
	all := parseCommands(t, string(encode(t, "github", report())))
	if len(all) != 4 {
		t.Fatalf("got %d commands, want 4: %+v", len(all), all)
	}
	want := map[string]string{"file": "clusters/a b.cue", "line": "8", "col": "36", "title": "peer-group-exists"}
	if all[0].name != "error" || !maps.Equal(all[0].properties, want) ||
		all[0].message != "cluster.peers.\"1001\".group: group is not declared; declare it\ngroups.cue:2:1: the groups" {
		t.Errorf("got %+v", all[0])
	}
	if !maps.Equal(all[1].properties, map[string]string{"file": "elsewhere", "title": "schema"}) ||
		!maps.Equal(all[2].properties, map[string]string{"title": "schema"}) {
		t.Errorf("got %+v", all[1:3])
	}
}

// TestGitHubTakesNoCommandsFromMessages reads a hostile problem: it is one command, whose properties and
// message are the ones that were given.
func TestGitHubTakesNoCommandsFromMessages(t *testing.T) {
	c := parseCommands(t, string(encode(t, "github", report())))[3]
	if keys := slices.Sorted(maps.Keys(c.properties)); !slices.Equal(keys, []string{"col", "file", "line", "title"}) {
		t.Errorf("properties %v", keys)
	}
	for _, text := range []string{c.properties["file"], c.properties["title"], c.message} {
		for _, piece := range []string{`\r\n::error file=x::y\n%0A::stop-commands::z\n`, `,:\x00\xff`} {
			if !strings.Contains(text, piece) {
				t.Errorf("%q lacks %q", text, piece)
			}
		}
	}
	if n := strings.Count(c.message, "\n"); n != 1 {
		t.Errorf("the message and what is related are %d lines, want 2", n+1)
	}
}

func TestGitHubOfAValidConfigurationIsEmpty(t *testing.T) {
	if got := encode(t, "github", valid()); len(got) != 0 {
		t.Errorf("got %s", got)
	}
}

func TestGitHubTellsHowManyThereAre(t *testing.T) {
	all := parseCommands(t, string(encode(t, "github", many())))
	if len(all) != 51 || all[50].name != "notice" || all[50].message != "... and 23 more" {
		t.Errorf("got %d, at last %+v", len(all), all[len(all)-1])
	}
}
