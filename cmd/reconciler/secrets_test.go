package main

import (
	"io/fs"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	files := map[string]string{"/run/pw": "from-file\n", "cluster/pw": "relative\r\n", "/two": "a\n\n", "/empty": "\n"}
	s := secrets{
		dir: "cluster",
		getenv: func(name string) (string, bool) {
			v, ok := map[string]string{"PW": "from-env", "EMPTY": ""}[name]
			return v, ok
		},
		readFile: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		},
	}
	for reference, want := range map[string]string{
		"env:PW": "from-env", "file:/run/pw": "from-file", "file:pw": "relative", "file:/two": "a\n",
	} {
		if got, err := s.resolve(reference); err != nil || got != want {
			t.Errorf("resolve(%s) = %q, %v; want %q", reference, got, err, want)
		}
	}
	for reference, want := range map[string]string{
		"env:NONE": "not set or empty", "env:EMPTY": "not set or empty", "file:/empty": "not set or empty",
		"file:/none": "file does not exist", "vault:x": "want env:NAME or file:PATH",
	} {
		if _, err := s.resolve(reference); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("resolve(%s): error %v, want %q", reference, err, want)
		}
	}
}
