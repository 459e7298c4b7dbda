package testserver

import (
	"strings"
	"testing"
	"testing/fstest"
)

func module(mod, sum string) fstest.MapFS {
	return fstest.MapFS{"go.mod": {Data: []byte(mod)}, "go.sum": {Data: []byte(sum)}}
}

func TestFingerprintNamesWhatTheBinaryDependsOn(t *testing.T) {
	settings := goSettings{Version: "go1.26.0", OS: "linux", Arch: "amd64"}
	newer := goSettings{Version: "go1.26.1", OS: "linux", Arch: "amd64"}
	seen := map[string]string{}
	for name, in := range map[string]struct {
		module   fstest.MapFS
		settings goSettings
	}{
		"as it is":         {module("ab", "c"), settings},
		"other go.mod":     {module("xb", "c"), settings},
		"moved boundary":   {module("a", "bc"), settings},
		"other go version": {module("ab", "c"), newer},
	} {
		got, err := fingerprint(in.module, in.settings)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		seen[got] = name
	}
	if _, err := fingerprint(fstest.MapFS{}, settings); err == nil {
		t.Error("a folder without go.mod has a fingerprint")
	}
}

func TestMissingCgoIsExplained(t *testing.T) {
	for _, s := range []goSettings{{Cgo: "0", CC: "gcc"}, {Cgo: "1", CC: "no-such-compiler -m64"}} {
		err := s.canCgo()
		if err == nil || !strings.Contains(err.Error(), "SQLite needs cgo") {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestLastLines(t *testing.T) {
	for in, want := range map[string]string{"": "", "a\n": "a", "a\nb\nc\n": "b\nc"} {
		if got := lastLines([]byte(in), 2); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
