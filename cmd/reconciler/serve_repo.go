package main

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	slash "path"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/source"
	"github.com/gitops-reconciler/reconciler/schema"
)

// gitPatience is how long one call to a repository may take: a server can be silent for ever.
const gitPatience = time.Minute

// repository is where a serve reads what is wanted, and records who holds what.
type repository interface {
	// Head gives the hash of the commit that is wanted now, and is cheap.
	Head(ctx context.Context) (string, error)
	// Tree gives the cluster's files in a commit. ctx bounds the reading of them too.
	Tree(ctx context.Context, hash string) (source.Tree, error)
	Export(ctx context.Context, e source.Export) error
	Close()
}

// clone is the repository that the cluster's folder is in.
type clone struct{ dir, rev string }

func (c clone) Head(ctx context.Context) (string, error) { return source.Head(ctx, c.dir, c.rev) }

func (c clone) Tree(ctx context.Context, hash string) (source.Tree, error) {
	return source.Commit(ctx, c.dir, hash)
}

func (c clone) Export(ctx context.Context, e source.Export) error {
	return source.ExportLocal(ctx, c.dir, e)
}

func (clone) Close() {}

// ready fails where no waiting helps: the folder is none, or not in the commit that is wanted. A server that is away
// now may come back.
func ready(ctx context.Context, from repository) error {
	c, local := from.(clone)
	if !local {
		return nil
	}
	tree, err := source.Commit(ctx, c.dir, c.rev)
	if err != nil {
		return fmt.Errorf("serve reads what is committed: %w", err)
	}
	return tree.Close()
}

// remote is one that is read without a clone.
type remote struct {
	*source.Remote
	folder string // of the cluster
}

func (r remote) Tree(ctx context.Context, hash string) (source.Tree, error) {
	return r.Remote.Tree(ctx, hash, r.folder)
}

// repoFlags are --repo and those beside it.
type repoFlags struct{ url, branch, path string }

func (f repoFlags) check(rev string) error {
	switch {
	case f.url == "" && f.branch+f.path != "":
		return failf(exitError, "--branch and --path are about the repository that --repo names: give that too, or -C DIR and --rev instead")
	case f.url == "":
		return nil
	case rev != "":
		return failf(exitError, "--rev is about the repository that the folder is in; of the one that --repo names give a --branch")
	case !fs.ValidPath(f.folder()):
		return failf(exitError, "--path %s: want a folder of the repository, as in clusters/mft", f.path)
	}
	return f.signsIn()
}

// signsIn refuses what would be seen by everybody who may list the processes of this machine. A URL that is none is
// refused where it is taken apart.
func (f repoFlags) signsIn() error {
	if u, err := url.Parse(f.url); err == nil && u.User != nil && (u.Scheme == "https" || u.Scheme == "http") {
		return failf(exitError, "--repo: who signs in does not belong in the URL, where others on this machine see it: give RECONCILER_REPO_USER and RECONCILER_REPO_PASSWORD in the environment, or RECONCILER_REPO_TOKEN")
	}
	return nil
}

func (f repoFlags) folder() string { return slash.Clean(f.path) }

// origin is the repository that the flags name. Nobody is asked yet.
func (a *app) origin(f repoFlags) (repository, error) {
	if err := f.check(a.rev); err != nil {
		return nil, err
	}
	if f.url == "" {
		if a.rev == "" {
			a.rev = "HEAD"
		}
		return clone{a.dir, a.rev}, nil
	}
	o, err := a.signingIn(os.ReadFile)
	if err != nil {
		return nil, err
	}
	o.URL, o.Branch = f.url, f.branch
	r, err := source.NewRemote(o)
	if err != nil {
		return nil, fmt.Errorf("--repo: %w ('reconciler serve --help' says how it is given, and who signs in)", err)
	}
	return remote{r, f.folder()}, nil
}

// signingIn is what the environment says of who we are to the repository, and whom we trust there.
func (a *app) signingIn(readFile func(string) ([]byte, error)) (o source.RemoteOptions, err error) {
	value := func(name string) string {
		text, _ := a.getenv("RECONCILER_REPO_" + name)
		return text
	}
	secret := func(text string) schema.Secret { return schema.NewSecret(text, nil) }
	o.User, o.Password, o.Token = value("USER"), secret(value("PASSWORD")), secret(value("TOKEN"))
	o.Passphrase = secret(value("PASSPHRASE"))
	var key []byte
	for name, into := range map[string]*[]byte{"KEY": &key, "KNOWN_HOSTS": &o.KnownHosts, "CA": &o.CA} {
		file := value(name)
		if file == "" {
			continue
		}
		if *into, err = readFile(file); err != nil {
			return o, fmt.Errorf("RECONCILER_REPO_%s: %w", name, err)
		}
	}
	o.Key = secret(string(key))
	return o, nil
}
