package source

import (
	"fmt"
	"os"
	"path/filepath"
)

// place is where the cluster's folder lies.
type place struct {
	given string // as it was given
	real  string // absolute, without symbolic links as far as it exists
}

func locate(dir string) (place, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return place{}, fmt.Errorf("locate %s: %w", dir, err)
	}
	return place{given: filepath.Clean(dir), real: withoutLinks(abs)}, nil
}

// withoutLinks resolves links as far as the path exists; a commit may hold folders that are not checked out.
func withoutLinks(abs string) string {
	if found, err := filepath.EvalSymlinks(abs); err == nil {
		return found
	}
	parent := filepath.Dir(abs)
	if parent == abs {
		return abs
	}
	return filepath.Join(withoutLinks(parent), filepath.Base(abs))
}

// below is the folder's path within top, slash-separated.
func (p place) below(top string) (string, error) {
	rel, err := filepath.Rel(top, p.real)
	if err != nil {
		return "", fmt.Errorf("locate %s in %s: %w", p.real, top, err)
	}
	return filepath.ToSlash(rel), nil
}

// name is what messages call the folder: as it was given, unless that goes through a link, so that ".."
// would lead from it to other files than those above the folder; then its real path.
func (p place) name(top string) string {
	up, err := filepath.Rel(p.real, top)
	if err != nil || !sameFile(filepath.Join(p.given, up), top) {
		return p.real
	}
	return p.given
}

func sameFile(a, b string) bool {
	first, errA := os.Stat(a)
	second, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(first, second)
}

// moduleRoot is the nearest ancestor of dir, or dir itself, that holds a CUE module, else dir. A module
// beyond the repository's top is somebody else's, as it would not be in a clone.
func moduleRoot(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		if isFile(filepath.Join(at, "cue.mod", "module.cue")) {
			return at
		}
		if hasGit(at) || at == filepath.Dir(at) {
			return dir
		}
	}
}

// repositoryTop is the nearest ancestor of dir, or dir itself, that is a work tree or a bare repository.
func repositoryTop(dir string) (string, bool) {
	for at := dir; ; at = filepath.Dir(at) {
		if hasGit(at) || isBare(at) {
			return at, true
		}
		if at == filepath.Dir(at) {
			return "", false
		}
	}
}

// hasGit reports a .git, which is a folder, or a file in linked work trees and submodules.
func hasGit(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, ".git"))
	return err == nil
}

func isBare(dir string) bool {
	return isFile(filepath.Join(dir, "HEAD")) && isDir(filepath.Join(dir, "objects")) && isDir(filepath.Join(dir, "refs"))
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
