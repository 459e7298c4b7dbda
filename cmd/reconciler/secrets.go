package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/schema"
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

// credentials reads what a peer's credentials refer to; its secrets are marked under key.
func (s secrets) credentials(from schema.Credentials, key []byte) (c rest.Credentials, err error) {
	c.User = from.User
	for _, secret := range []struct {
		reference string
		into      *schema.Secret
	}{{from.Password, &c.Password}, {from.Token, &c.Token}, {from.Key, &c.Key}} {
		if secret.reference == "" {
			continue
		}
		value, err := s.resolve(secret.reference)
		if err != nil {
			return c, err
		}
		*secret.into = schema.NewSecret(value, key)
	}
	if c.Certificate, err = s.file(from.Certificate); err != nil {
		return c, fmt.Errorf("certificate: %w", err)
	}
	return c, nil
}

// file reads a file that is no secret; nil where none is named.
func (s secrets) file(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	return s.readFile(s.path(name))
}

func (s secrets) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}
