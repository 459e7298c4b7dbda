package source

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// maxFetch is RemoteOptions.MaxBytes where it is not given.
const maxFetch = 256 << 20

// RemoteOptions says which repository is read, and as whom.
type RemoteOptions struct {
	// URL is https, http, ssh (also user@host:path) or file, or a path of this machine. It may hold a user
	// and a password, which are shown nowhere.
	URL string
	// Branch is what is read, "" being what the repository's HEAD stands for.
	Branch string

	// User and Password, or Token, sign in over http; over http without TLS only to this machine itself.
	// Over ssh, User is the one to sign in as, unless the URL has it.
	User            string
	Password, Token schema.Secret
	// CA holds the certificates, in PEM, of those who may have signed an https server's; instead of the
	// system's.
	CA []byte

	// Key is the private key for ssh, in OpenSSH's or another PEM format, and Passphrase what it is
	// encrypted with, if it is.
	Key, Passphrase schema.Secret
	// KnownHosts holds lines as in a known_hosts file; one must be for the ssh server.
	KnownHosts []byte

	// MaxBytes bounds a commit that is fetched: the bytes that are received, and those of all its files and
	// folders when they are unpacked, each of which counts 256 more. 0 is 256 MiB.
	MaxBytes int64
}

// Remote is one branch of a Git repository that is elsewhere, or in a folder of this machine. It keeps the
// commit that it fetched last, in memory, and nothing else. It is safe for concurrent use. Each call ends with its
// context, which is best given a deadline: a server can be silent for ever.
type Remote struct {
	origin origin
	branch string
	failed failures
}

// origin is where a Remote's repository is.
type origin interface {
	heads(ctx context.Context) (heads, error)
	// commit gives a store that has the commit, its folders and its files.
	commit(ctx context.Context, h plumbing.Hash) (*objects, error)
	export(ctx context.Context, e Export, reads string) error
	close()
}

// NewRemote checks what is given, and asks nobody. It is an error if the URL is none, is of another scheme or
// lacks what its scheme needs (over ssh: user, key and known host), if credentials are doubled, unreadable or
// would be sent in the clear, or if the branch has a name that Git does not allow.
func NewRemote(o RemoteOptions) (*Remote, error) {
	at, err := parseAddress(o.URL)
	if err != nil {
		return nil, err
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = maxFetch
	}
	r := &Remote{branch: o.Branch, failed: failuresOf(at, o)}
	if o.Branch != "" {
		err = checkBranch(o.Branch)
	}
	if err == nil {
		r.origin, err = originOf(at, o)
	}
	if err != nil {
		return nil, r.failed.of(context.Background(), "set up", err)
	}
	return r, nil
}

func originOf(at address, o RemoteOptions) (origin, error) {
	switch at.scheme {
	case "file":
		return here{at.path}, nil
	case "ssh":
		w, err := newSSHWire(at, o)
		return newElsewhere(w, o.MaxBytes), err
	default:
		w, err := newHTTPWire(at, o)
		return newElsewhere(w, o.MaxBytes), err
	}
}

func checkBranch(name string) error {
	_, steps, err := parseRevision(name)
	if err != nil || len(steps) > 0 || plumbing.IsHash(name) {
		return fmt.Errorf("%.*q is no name of a branch; give it as in main or release/2", maxRevision, name)
	}
	return nil
}

// String is the repository's URL or path, without user and password.
func (r *Remote) String() string { return r.failed.shown }

// Head gives the hash, in hexadecimal, of the commit that the branch ends at, and fetches nothing. Of a branch
// that was rewound, that is the commit it was rewound to. It is an error if the repository cannot be reached,
// refuses us, or has no such branch.
func (r *Remote) Head(ctx context.Context) (string, error) {
	all, err := r.origin.heads(ctx)
	if err != nil {
		return "", r.failed.of(ctx, "list the branches", err)
	}
	h, err := all.pick(r.branch)
	if err != nil {
		return "", r.failed.of(ctx, "find the branch", err)
	}
	return h.String(), nil
}

// Tree gives the files of dir, slash-separated and "" being the top, as they are in the commit of a full hash:
// the Tree that Commit gives. The commit is fetched, without its history, unless it is the one that was
// fetched last. It is an error if the repository cannot be reached, refuses us, has no reference at the commit
// and gives no others, or the commit is beyond RemoteOptions.MaxBytes; or if dir is no folder of it.
//
// ctx bounds the reading of the tree too, so it must stay in force until the files have been read.
func (r *Remote) Tree(ctx context.Context, hash, dir string) (Tree, error) {
	t, err := r.tree(ctx, hash, dir)
	if err != nil {
		return Tree{}, r.failed.of(ctx, fmt.Sprintf("read commit %.*q", maxRevision, hash), err)
	}
	return t, nil
}

func (r *Remote) tree(ctx context.Context, hash, dir string) (Tree, error) {
	if dir == "" {
		dir = "."
	}
	if !plumbing.IsHash(hash) || !validPath(dir) {
		return Tree{}, fmt.Errorf("a full hash and a folder of the repository are needed, not %.*q and %.*q: %w",
			maxRevision, hash, maxRevision, dir, fs.ErrInvalid)
	}
	store, err := r.origin.commit(ctx, plumbing.NewHash(hash))
	if err != nil {
		return Tree{}, err
	}
	c, err := store.commit(plumbing.NewHash(hash))
	if err != nil {
		return Tree{}, err
	}
	return store.folderOf(c, dir, filepath.FromSlash(dir))
}

// Close ends the connections that are kept for the next call.
func (r *Remote) Close() { r.origin.close() }
