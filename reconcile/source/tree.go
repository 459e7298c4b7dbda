// Package source gives the configuration's files as a read-only tree: of a directory as it lies there, or of
// a commit of a Git repository.
//
// A commit is read out of the repository's objects, without a checkout: the loop can compare two commits, a
// plan can be made for a branch nobody has checked out, and what is read is exactly what the commit's hash
// names, for every object is hashed again as it is read. Repositories and the names within them come from
// elsewhere, so they are judged here, once, for everything above: names that could leave the tree or forge a
// message, revisions that Git would not allow, links, submodules and files beyond MaxFileSize are refused.
//
// It reads, and writes one thing: an Export, which is new objects and a branch of its own, in a repository of
// this machine or by a push that forces nothing. Over the network it fetches one commit at a time, into memory.
// It must not write anything else (no work tree, index or configuration, no branch that is read or checked
// out), run Git or its hooks, follow a redirect or anything out of the tree, show what signs it in, or know what
// is in the files; CUE belongs to schema/load.
package source

import (
	"io/fs"
	"path/filepath"
	"time"
)

// Files is the Revision of a directory as it lies there.
const Files = "files"

// Tree is the configuration's files at one moment. It is safe for concurrent use until it is closed.
type Tree struct {
	// FS is rooted at the CUE module: the nearest ancestor of the cluster's folder, or the folder itself,
	// that holds cue.mod/module.cue, looked for up to the top of the Git repository; else the folder. It
	// has ReadDir, ReadFile and Stat. Its errors are *fs.PathError and wrap fs.ErrNotExist, fs.ErrInvalid,
	// ErrNotRegular, ErrTooLarge or ErrUnsafeName, or come from the disk or the repository.
	FS fs.FS
	// Dir is the cluster's folder within FS, slash-separated, "." for the root.
	Dir string
	// Revision is the commit's full hash in hexadecimal, or Files.
	Revision string
	// Author ("Name <address>") and Subject (the first line of the message) are the commit's, in
	// printable characters; Time is when it was committed, in UTC. All are zero for Files.
	Author, Subject string
	Time            time.Time

	folder string // the cluster's folder, as messages name it
	closes func() error
}

// Path is what messages call a file of FS: the path of the file from where the program runs, the way
// compilers name files, in the form in which the folder was given (relative or absolute). A file of a
// commit is named as if the commit were checked out.
func (t Tree) Path(name string) string {
	rel, err := filepath.Rel(filepath.FromSlash(t.Dir), filepath.FromSlash(name))
	if err != nil {
		return name
	}
	return filepath.Join(t.folder, rel)
}

// Close releases the directory. The tree cannot be read afterwards.
func (t Tree) Close() error {
	if t.closes == nil {
		return nil
	}
	return t.closes()
}
