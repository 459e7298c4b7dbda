package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// secrets finds what references in the configuration stand for.
type secrets struct {
	dir      string // of the cluster; where relative paths begin
	getenv   func(string) (string, bool)
	readFile func(string) ([]byte, error)
}

// resolve returns the secret behind env:NAME or file:PATH. An empty one is an error: a password that
// somebody forgot to set must not become an empty password.
func (s secrets) resolve(reference string) (string, error) {
	scheme, name, _ := strings.Cut(reference, ":")
	var value string
	switch scheme {
	case "env":
		value, _ = s.getenv(name)
	case "file":
		data, err := s.readFile(s.path(name))
		if err != nil {
			return "", fmt.Errorf("secret %s: %w", reference, err)
		}
		value = strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	default:
		return "", fmt.Errorf("secret %q: want env:NAME or file:PATH", reference)
	}
	if value == "" {
		return "", fmt.Errorf("secret %s is not set or empty", reference)
	}
	return value, nil
}

func (s secrets) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}
