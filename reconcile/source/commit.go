package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Commit gives the files of dir as they are in the commit that rev names, in the Git repository that dir is
// in; dir need not exist outside the commit. The repository may be a clone (also a shallow one that has the
// commit), a linked work tree or bare.
//
// rev is a branch, a tag, a remote branch such as origin/main, a full or short hash, HEAD or a name below
// refs/, each optionally followed by ~N or ^N. It is an error if rev is none of these, if it is ambiguous
// (Git would guess), or if it names no commit; if dir is in no repository, or not a folder of the commit.
//
// ctx bounds the reading of the tree too, so it must stay in force until the files have been read.
func Commit(ctx context.Context, dir, rev string) (Tree, error) {
	t, err := commit(ctx, dir, rev)
	if err != nil {
		return Tree{}, fmt.Errorf("read configuration at %.*q: %w", maxRevision, rev, err)
	}
	return t, nil
}

func commit(ctx context.Context, dir, rev string) (Tree, error) {
	name, steps, err := parseRevision(rev)
	if err != nil {
		return Tree{}, err
	}
	at, top, store, err := enclosing(ctx, dir)
	if err != nil {
		return Tree{}, err
	}
	c, err := store.resolve(name, steps)
	if err != nil {
		return Tree{}, err
	}
	return at.tree(store, top, c)
}

func (p place) tree(store *objects, top string, c *object.Commit) (Tree, error) {
	folder, err := p.below(top)
	if err != nil {
		return Tree{}, err
	}
	return store.folderOf(c, folder, p.name(top))
}

// folderOf is the tree of a folder in a commit; shown is what messages call the folder.
func (o *objects) folderOf(c *object.Commit, folder, shown string) (Tree, error) {
	all := commitFiles{o, c.TreeHash, c.Committer.When.UTC()}
	root, files, err := all.module(folder)
	if err != nil {
		return Tree{}, fmt.Errorf("commit %s: %w", c.Hash, err)
	}
	subject, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	return Tree{
		FS: guard{files, MaxFileSize}, Dir: relative(root, folder), Revision: c.Hash.String(),
		Author: printable(c.Author.String()), Subject: printable(strings.TrimSpace(subject)), Time: files.time,
		folder: shown,
	}, nil
}

// module finds what a directory's moduleRoot finds: the root of the CUE module that folder is in, and the
// files from there.
func (c commitFiles) module(folder string) (string, commitFiles, error) {
	own, err := c.sub(folder)
	if err != nil {
		return "", c, err
	}
	for at := folder; ; at = path.Dir(at) {
		e, err := c.objects.find(c.root, path.Join(at, "cue.mod", "module.cue"))
		if err == nil && fileMode(e.Mode).IsRegular() {
			root, err := c.sub(at)
			return at, root, err
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrNotRegular) {
			return "", c, err
		}
		if at == "." {
			return folder, own, nil
		}
	}
}

// sub are the files of one folder.
func (c commitFiles) sub(folder string) (commitFiles, error) {
	e, err := c.objects.find(c.root, folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, fmt.Errorf("there is no folder %s: %w", folder, fs.ErrNotExist)
	case err != nil:
		return c, fmt.Errorf("folder %s: %w", folder, err)
	case e.Mode != filemode.Dir:
		return c, fmt.Errorf("%s is no folder; give the folder that holds the cluster's files", folder)
	}
	return commitFiles{c.objects, e.Hash, c.time}, nil
}

// relative is folder as seen from root, which is the folder or one above it.
func relative(root, folder string) string {
	switch root {
	case folder:
		return "."
	case ".":
		return folder
	}
	return strings.TrimPrefix(folder, root+"/")
}

// printable replaces what could act on a terminal or forge a line of a log: a commit's author and message
// are anybody's text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}
