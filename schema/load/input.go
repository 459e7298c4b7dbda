package load

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits on what is read: beyond them a folder is not a configuration but a mistake or an attack.
const (
	maxFiles   = 100_000 // of CUE
	maxBytes   = 256 << 20
	maxEntries = 1_000_000 // files and folders of any sort
)

// Input is everything an evaluation depends on.
type Input struct {
	Files map[string][]byte `json:"files"` // by slash-separated path below the module's root; all *.cue
	Dir   string            `json:"dir"`   // the cluster's folder, "." for the root

	// Active is who holds what; empty before the first round, and for who has to know only what the files say.
	Active Active `json:"active,omitempty"`
	so     Active // what is said of it in one evaluation

	Find [][]string `json:"find,omitempty"` // paths whose places are asked for, instead of a cluster
	Fit  []byte     `json:"fit,omitempty"`  // items to be fitted, as JSON of Shown, instead of a cluster

	Splice []byte `json:"splice,omitempty"` // what the files shall say, as JSON of []Wish, instead of a cluster
}

// Read collects the CUE files below the root of fsys, for the cluster in dir. Folders whose names begin
// with a dot or an underscore are passed over, as CUE does, unless they hold dir. It fails where a file cannot be read, and
// where there are more than 100,000 files or 256 MiB of CUE, or a million files of any sort.
func Read(fsys fs.FS, dir string) (Input, error) {
	in := Input{Files: map[string][]byte{}, Dir: dir}
	total, entries := 0, 0
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		entries++
		switch {
		case entries > maxEntries:
			return errors.New("more than 1,000,000 files; is this the right folder?")
		case err != nil:
			return err
		case entry.IsDir():
			return skip(name, dir)
		case path.Ext(name) != ".cue":
			return nil
		case !utf8.ValidString(name):
			return fmt.Errorf("%q: a name that is not UTF-8", name)
		case !entry.Type().IsRegular():
			return fmt.Errorf("%s: not a regular file; symbolic links and submodules are not followed", name)
		}
		data, err := fs.ReadFile(fsys, name)
		total += len(data)
		if len(in.Files) >= maxFiles || total > maxBytes {
			return errors.New("more than 100,000 files or 256 MiB of CUE; is this the right folder?")
		}
		in.Files[name] = data
		return err
	})
	return in, err
}

// skip passes over folders that CUE does not look into, unless the cluster is there. cue.mod is looked
// into: it may hold a vendored schema.
func skip(name, dir string) error {
	odd := path.Base(name)[0] == '.' || path.Base(name)[0] == '_'
	if name != "." && odd && !strings.HasPrefix(path.Clean(dir)+"/", name+"/") {
		return fs.SkipDir
	}
	return nil
}

// Hash names the input by the content of its files.
func (in Input) Hash() string {
	sum := sha256.New()
	add := func(name string, data []byte) {
		_, _ = fmt.Fprintf(sum, "%d %s %d %s", len(name), name, len(data), data) // a hash takes everything
	}
	add("dir", []byte(in.Dir))
	for _, name := range slices.Sorted(maps.Keys(in.Files)) {
		add(name, in.Files[name])
	}
	return hex.EncodeToString(sum.Sum(nil))
}
