package load

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// keep is how many results a cache holds: a few branches, not a history.
const keep = 8

// Cache is a Child whose answers are remembered, in files under Dir named by the hash of what was asked.
type Cache struct {
	Child Child
	Dir   string // made when first needed; "" remembers nothing
	Salt  string // names the program that evaluates: another one may answer otherwise
}

// Load is Child.Load, or a read of the file that an equal one left. Who holds what tells two inputs apart only where the
// files refer to it, which the child says: no file is parsed here. A cache that cannot be read or written costs time,
// never a result.
func (c Cache) Load(ctx context.Context, in Input) (Result, error) {
	if c.Dir == "" {
		return c.Child.Load(ctx, in)
	}
	plain, name := c.name(in.unasked()), c.name(in)
	if result, ok := remembered(plain); ok && (name == plain || !result.Refers) {
		return result, nil
	}
	if result, ok := remembered(name); ok {
		return result, nil
	}
	result, err := c.Child.Load(ctx, in)
	if !result.Refers {
		name = plain
	}
	if err == nil && result.Cluster != nil {
		_ = c.remember(name, result) // the next run evaluates again
	}
	return result, err
}

// name is where the answer to an input is.
func (c Cache) name(in Input) string {
	sum := sha256.Sum256([]byte(in.key() + Input{Files: module()}.Hash() + c.Salt)) // another schema answers otherwise
	return filepath.Join(c.Dir, hex.EncodeToString(sum[:])+".json")
}

func remembered(name string) (Result, bool) {
	data, err := os.ReadFile(name)
	if err != nil {
		return Result{}, false
	}
	var result Result
	if json.Unmarshal(data, &result) != nil || result.Cluster == nil {
		return Result{}, false
	}
	return result, true
}

// remember writes to a file of its own first, so that a reader never sees half of one.
func (c Cache) remember(name string, result Result) error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	file, err := os.CreateTemp(c.Dir, "new-*")
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	err = cmp.Or(json.NewEncoder(file).Encode(result), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("cache: %w", err)
	}
	c.prune()
	return nil
}

func (c Cache) prune() {
	type aged struct {
		name string
		at   int64
	}
	entries, _ := os.ReadDir(c.Dir)
	var files []aged
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil {
			files = append(files, aged{entry.Name(), info.ModTime().UnixNano()})
		}
	}
	slices.SortFunc(files, func(a, b aged) int { return cmp.Compare(b.at, a.at) })
	for _, file := range files[min(keep, len(files)):] {
		_ = os.Remove(filepath.Join(c.Dir, file.name))
	}
}
