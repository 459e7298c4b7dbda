package source

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

func TestRevisions(t *testing.T) {
	r := newRepository(t)
	one := r.save("master", map[string]string{"f": "one"})
	side := r.save("feature/x_1", map[string]string{"f": "side"}, one)
	two := r.save("master", map[string]string{"f": "two"}, one)
	merge := r.commit(r.files(map[string]string{"f": "merge"}), "merge", two, side)
	r.set("refs/heads/master", merge)
	r.set("refs/tags/light", one)
	tag := r.tag("v1.2", two, plumbing.CommitObject)
	r.set("refs/tags/v1.2", tag)
	r.set("refs/tags/twice", r.tag("twice", tag, plumbing.TagObject))
	r.set("refs/remotes/origin/main", side)
	r.set("refs/heads/ändern", one)
	ok(t, r.git.Storer.SetReference(plumbing.NewSymbolicReference("refs/remotes/origin/HEAD", "refs/remotes/origin/main")))
	// Names of files in .git are branches like any other.
	for _, name := range []string{"config", "description", "index", "user@host", "1234abc"} {
		r.set("refs/heads/"+name, one)
	}
	for rev, want := range map[string]plumbing.Hash{
		"HEAD": merge, "master": merge, "refs/heads/master": merge, "heads/master": merge,
		"feature/x_1": side, "light": one, "v1.2": two, "refs/tags/v1.2": two, "twice": two, "twice~": one,
		"origin/main": side, "origin": side, "ändern": one, "config": one, "description": one, "index": one,
		"user@host": one, "1234abc": one,
		one.String(): one, strings.ToUpper(one.String()): one, one.String()[:7]: one, one.String()[:10]: one,
		tag.String(): two, tag.String()[:8]: two,
		"HEAD~": two, "HEAD^": two, "HEAD~1": two, "HEAD^1": two, "HEAD^2": side, "HEAD~2": one, "HEAD^^": one,
		"HEAD^2~1": one, "HEAD~0": merge, "HEAD^0": merge, one.String()[:7] + "~0": one,
	} {
		tree, err := Commit(t.Context(), r.dir, rev)
		if err != nil || tree.Revision != want.String() {
			t.Errorf("%s is %s, want %s (%v)", rev, tree.Revision, want, err)
		}
	}
}

func TestRevisionsThatAreRefused(t *testing.T) {
	r := newRepository(t)
	r.save("master", map[string]string{"f": ""})
	lay(t, r.dir, map[string]string{".git/refs/heads/master.lock": strings.Repeat("1", 40)})
	for rev, why := range map[string]string{
		"": "nothing that can be named", "--upload-pack=x": "looks like an option", "-": "looks like an option",
		"a\x1b[31mb": "unprintable", "a\nb": "unprintable", "a\x00": "unprintable", "a\xff": "unprintable",
		"a\u202eb": "unprintable", strings.Repeat("a", 251): "too long: 251 bytes, at most 250",
		"HEAD@{1}": "named", "HEAD@{upstream}": "named", "HEAD:f": "named", ":/change": "named", "HEAD^{tree}": "no way back",
		"HEAD^{/c}": "no way back", "master..HEAD": "named", "../../etc/passwd": "named", "refs/../config": "named",
		"/etc/passwd": "named", "a b": "named", "*": "named", "[": "named", `a\b`: "named", "~1": "named", "^1": "named",
		"master.lock": "named", "a/": "named", "HEAD~x": "no way back", "HEAD~10001": "no way back",
		"HEAD~99999999999999999999": "no way back", "HEAD~1x": "no way back", "HEAD~-1": "no way back", "HEAD^3": "has no parent 3",
		"config": "nothing of that name", "CONFIG": "nothing of that name", "@": "named",
	} {
		_, err := Commit(t.Context(), r.dir, rev)
		says(t, err, why)
		if strings.ContainsFunc(err.Error(), unicode.IsControl) || len(err.Error()) > 1000 {
			t.Errorf("%q: the message is not fit to be shown: %q", rev, err)
		}
	}
}

func TestAmbiguousNames(t *testing.T) {
	r := newRepository(t)
	one := r.save("release", map[string]string{"f": "one"})
	two := r.commit(r.files(nil), "two")
	r.set("refs/tags/release", one)
	reads(t, r.dir, "release", "one")
	r.set("refs/tags/release", two)
	_, err := Commit(t.Context(), r.dir, "release")
	says(t, err, "it is ambiguous: refs/tags/release, refs/heads/release")
	reads(t, r.dir, "refs/heads/release", "one")
}

func TestAmbiguousHash(t *testing.T) {
	r := newRepository(t)
	tree := r.files(map[string]string{"f": ""})
	seen := map[string]string{}
	for i := 0; ; i++ {
		message := fmt.Sprint(i)
		o := &plumbing.MemoryObject{}
		ok(t, (&object.Commit{TreeHash: tree, Message: message}).Encode(o))
		short := o.Hash().String()[:5]
		other, found := seen[short]
		if !found {
			seen[short] = message
			continue
		}
		for _, m := range []string{message, other} {
			o = &plumbing.MemoryObject{}
			ok(t, (&object.Commit{TreeHash: tree, Message: m}).Encode(o))
			_, err := r.git.Storer.SetEncodedObject(o)
			ok(t, err)
		}
		_, err := Commit(t.Context(), r.dir, short)
		says(t, err, "it is ambiguous: "+short)
		return
	}
}

func FuzzRevision(f *testing.F) {
	r := newRepository(f)
	one := r.save("master", map[string]string{"f": "f"})
	two := r.save("master", map[string]string{"f": "g"}, one)
	store, err := openObjects(f.Context(), r.dir)
	ok(f, err)
	for _, seed := range []string{"HEAD~1", "origin/main^2", "-x", "a..b", "HEAD@{1}", "HEAD^{tree}", one.String()[:7], "\x00", "~"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rev string) {
		name, steps, err := parseRevision(rev)
		if err != nil {
			return
		}
		if name == "" || len(rev) > maxRevision || strings.HasPrefix(rev, "-") || strings.Contains(rev, "..") ||
			strings.ContainsAny(rev, ":?*[\\\x00 ") || strings.Contains(rev, "@{") {
			t.Fatalf("%q passes as %q", rev, name)
		}
		c, err := store.resolve(name, steps)
		if err == nil && c.Hash != one && c.Hash != two {
			t.Fatalf("%q is %s", rev, c.Hash)
		}
	})
}
