package load

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitAbout(t *testing.T) {
	for sentence, want := range map[string]string{
		`peers.1001.address: want a port`:      "[peers 1001 address] want a port",
		`peers: none: at all`:                  "[peers] none: at all",
		`items.host."a. b:\" c".x: 3: no`:      `[items host a. b:" c x] 3: no`,
		`roles.HC-2: "x": y`:                   `[roles HC-2] "x": y`,
		`no path at all`:                       "[] no path at all",
		`This is: none`:                        "[] This is: none",
		`peers.: none`:                         "[] peers.: none",
		`peers.1001:none`:                      "[] peers.1001:none",
		`peers.1001: `:                         "[] peers.1001: ",
		`.peers: x`:                            "[] .peers: x",
		`schema.#Name: "a" is none of it`:      `[] schema.#Name: "a" is none of it`,
		strings.Repeat("a.", 300) + "a: so on": "[" + strings.Repeat("a ", 300) + "a] so on",
	} {
		about, said := splitAbout(sentence)
		if got := "[" + strings.Join(about, " ") + "] " + said; got != want {
			t.Errorf("%s: got %s, want %s", sentence, got, want)
		}
	}
}

func TestSubject(t *testing.T) {
	for path, want := range map[string]string{
		"cluster": "cluster", "cluster #provider": "cluster #provider", "#Provider": "cluster #provider", "#Cluster": "cluster", "": "cluster",
	} {
		if got := subject(strings.Fields(path)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: got %s", path, got)
		}
	}
}
