package source

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// repository is one made for a test, object by object, so that it can hold what Git would not make.
type repository struct {
	t   testing.TB
	dir string
	git *git.Repository
}

type entries = []object.TreeEntry

func newRepository(t testing.TB) repository { return initRepository(t, t.TempDir(), false) }

func initRepository(t testing.TB, dir string, bare bool) repository {
	t.Helper()
	r, err := git.PlainInit(dir, bare)
	ok(t, err)
	return repository{t, dir, r}
}

func (r repository) object(kind plumbing.ObjectType, data []byte) plumbing.Hash {
	r.t.Helper()
	o := &plumbing.MemoryObject{}
	o.SetType(kind)
	_, err := o.Write(data)
	ok(r.t, err)
	h, err := r.git.Storer.SetEncodedObject(o)
	ok(r.t, err)
	return h
}

func (r repository) blob(text string) plumbing.Hash {
	return r.object(plumbing.BlobObject, []byte(text))
}

// tree writes entries as they are, in whatever order and by whatever name.
func (r repository) tree(list entries) plumbing.Hash {
	var b bytes.Buffer
	for _, e := range list {
		fmt.Fprintf(&b, "%o %s\x00%s", uint32(e.Mode), e.Name, e.Hash[:])
	}
	return r.object(plumbing.TreeObject, b.Bytes())
}

// files writes a tree of files by path, in Git's order.
func (r repository) files(files map[string]string) plumbing.Hash {
	var list entries
	below := map[string]map[string]string{}
	for name, text := range files {
		folder, rest, found := strings.Cut(name, "/")
		if !found {
			list = append(list, object.TreeEntry{Name: name, Mode: filemode.Regular, Hash: r.blob(text)})
			continue
		}
		if below[folder] == nil {
			below[folder] = map[string]string{}
		}
		below[folder][rest] = text
	}
	for folder, files := range below {
		list = append(list, object.TreeEntry{Name: folder, Mode: filemode.Dir, Hash: r.files(files)})
	}
	slices.SortFunc(list, func(a, b object.TreeEntry) int { return strings.Compare(sortName(a), sortName(b)) })
	return r.tree(list)
}

func sortName(e object.TreeEntry) string {
	if e.Mode == filemode.Dir {
		return e.Name + "/"
	}
	return e.Name
}

const when = 1_700_000_000 // seconds since 1970

func (r repository) commit(tree plumbing.Hash, message string, parents ...plumbing.Hash) plumbing.Hash {
	r.t.Helper()
	author := object.Signature{Name: "Ada", Email: "ada@example.org", When: time.Unix(when, 0)}
	c := object.Commit{Author: author, Committer: author, Message: message, TreeHash: tree, ParentHashes: parents}
	o := &plumbing.MemoryObject{}
	ok(r.t, c.Encode(o))
	h, err := r.git.Storer.SetEncodedObject(o)
	ok(r.t, err)
	return h
}

func (r repository) tag(name string, target plumbing.Hash, kind plumbing.ObjectType) plumbing.Hash {
	r.t.Helper()
	tag := object.Tag{Name: name, Target: target, TargetType: kind, Message: name + "\n"}
	o := &plumbing.MemoryObject{}
	ok(r.t, tag.Encode(o))
	h, err := r.git.Storer.SetEncodedObject(o)
	ok(r.t, err)
	return h
}

func (r repository) set(name string, h plumbing.Hash) {
	r.t.Helper()
	ok(r.t, r.git.Storer.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), h)))
}

// save commits files onto a branch.
func (r repository) save(branch string, files map[string]string, parents ...plumbing.Hash) plumbing.Hash {
	h := r.commit(r.files(files), "change "+branch+"\n", parents...)
	r.set("refs/heads/"+branch, h)
	return h
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lay writes files below dir, a name that ends in a slash being a folder.
func lay(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			ok(t, os.MkdirAll(full, 0o755))
			continue
		}
		ok(t, os.MkdirAll(filepath.Dir(full), 0o755))
		ok(t, os.WriteFile(full, []byte(text), 0o600))
	}
}

// says checks an error for its words; an empty word is no check.
func says(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one that says %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}
