package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	keyFile = "key"
	keySize = 32
)

// ensureKey returns the key under which secrets are remembered, and makes one the first time. Who has
// it can test guesses of a secret against the state; who loses it writes every secret once more.
func ensureKey(dir string) ([]byte, error) {
	key, err := readKey(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	key = newKey()
	return key, writeWhole(filepath.Join(dir, keyFile), key)
}

func newKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	return key
}

func readKey(dir string) ([]byte, error) {
	name := filepath.Join(dir, keyFile)
	key, err := os.ReadFile(name)
	if err == nil && len(key) != keySize {
		return nil, fmt.Errorf("%s: want %d bytes, got %d; remove it, and every secret is written once more", name, keySize, len(key))
	}
	return key, err
}
