package source

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// TestRemoteReadsWhereverItIs follows a branch that grows and is rewound, over everything that is spoken.
func TestRemoteReadsWhereverItIs(t *testing.T) {
	token := func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer letmein" }
	basic := func(r *http.Request) bool {
		user, password, _ := r.BasicAuth()
		return user == "ada" && password == "p@ss/w"
	}
	for name, start := range map[string]func(*testing.T) (repository, RemoteOptions){
		"https": func(t *testing.T) (repository, RemoteOptions) {
			s := newSite(t)
			return s.repository, s.options()
		},
		"https with a token": func(t *testing.T) (repository, RemoteOptions) {
			s := newSite(t)
			s.asks(token)
			o := s.options()
			o.Token = secret("letmein")
			return s.repository, o
		},
		"https with a password": func(t *testing.T) (repository, RemoteOptions) {
			s := newSite(t)
			s.asks(basic)
			o := s.options()
			o.User, o.Password = "ada", secret("p@ss/w")
			return s.repository, o
		},
		"https with a password in the URL": func(t *testing.T) (repository, RemoteOptions) {
			s := newSite(t)
			s.asks(basic)
			o := s.options()
			o.URL = "https://ada:p%40ss%2Fw@" + o.URL[len("https://"):]
			return s.repository, o
		},
		"ssh": func(t *testing.T) (repository, RemoteOptions) {
			h := newHost(t)
			return h.repository, h.options()
		},
		"path": func(t *testing.T) (repository, RemoteOptions) {
			r := initRepository(t, t.TempDir(), true)
			return r, RemoteOptions{URL: r.dir}
		},
		"file": func(t *testing.T) (repository, RemoteOptions) {
			r := newRepository(t)
			return r, RemoteOptions{URL: "file://" + filepath.ToSlash(r.dir)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, o := start(t)
			follow(t, r, remote(t, o))
		})
	}
}

func follow(t *testing.T, r repository, from *Remote) {
	t.Helper()
	files := map[string]string{"cue.mod/module.cue": "m", "all.cue": "all", "clusters/mft/x.cue": "one"}
	one := r.save("master", files)
	first := has(t, from, "clusters/mft", one.String(), files)
	want := Tree{Dir: "clusters/mft", Revision: one.String(), Author: "Ada <ada@example.org>", Subject: "change master"}
	if first.Dir != want.Dir || first.Revision != want.Revision || first.Author != want.Author ||
		first.Subject != want.Subject || !first.Time.Equal(time.Unix(when, 0)) {
		t.Errorf("got %+v, want %+v", first, want)
	}
	if got := first.Path("all.cue"); got != filepath.FromSlash("all.cue") {
		t.Errorf("a file is called %s", got)
	}
	two := r.save("master", map[string]string{"f": "two"}, one)
	has(t, from, "", two.String(), map[string]string{"f": "two"})
	// A force-push leads back, or anywhere: what the branch says is what is.
	r.save("master", files)
	has(t, from, "", one.String(), files)
	other := r.commit(r.files(map[string]string{"f": "other"}), "other")
	r.set("refs/heads/master", other)
	has(t, from, ".", other.String(), map[string]string{"f": "other"})
	holds(t, first, files) // which is still what it was
	_, err := from.Tree(t.Context(), other.String(), "clusters/none")
	says(t, err, "Git repository ", "read commit", "there is no folder clusters/none")
}

func TestRemoteFetchesACommitOnceAndWithoutItsHistory(t *testing.T) {
	s := newSite(t)
	one := s.save("master", map[string]string{"f": "one"})
	two := s.save("master", map[string]string{"f": "two"}, one)
	r := remote(t, s.options())
	for range 3 {
		has(t, r, "", two.String(), map[string]string{"f": "two"})
	}
	if n := s.fetched.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	for h, want := range map[plumbing.Hash]bool{two: true, one: false} {
		if kept(t, r, h) != want {
			t.Errorf("commit %s is there: %v", h, !want)
		}
	}
	three := s.save("master", map[string]string{"f": "three"}, two)
	has(t, r, "", three.String(), map[string]string{"f": "three"})
	if kept(t, r, two) {
		t.Error("what was fetched before is still kept")
	}
}

func TestRemoteKeepsItsConnection(t *testing.T) {
	s := newSite(t)
	h := s.save("master", map[string]string{"f": "f"})
	r := remote(t, s.options())
	for range 3 {
		has(t, r, "", h.String(), map[string]string{"f": "f"})
	}
	if n := s.connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// ending is an answer whose end comes late, and that knows whether it was read.
type ending struct{ read bool }

func (e *ending) Read([]byte) (int, error) { e.read = true; return 0, io.EOF }
func (e *ending) Close() error             { return nil }

func TestAnAnswerIsReadToItsEnd(t *testing.T) {
	c := &httpConversation{first: &ending{}, second: &ending{}}
	ok(t, c.Close())
	for _, answer := range []io.ReadCloser{c.first, c.second} {
		if !answer.(*ending).read {
			t.Error("the connection could not be kept")
		}
	}
}

func kept(t *testing.T, r *Remote, h plumbing.Hash) bool {
	_, err := (&objects{t.Context(), r.origin.(*elsewhere).last}).commit(h)
	return err == nil
}

// TestRemoteOfASimpleServer has one that cannot leave out the history, nor mix words into a pack.
func TestRemoteOfASimpleServer(t *testing.T) {
	s := newSite(t)
	one := s.save("master", map[string]string{"f": "one"})
	two := s.save("master", map[string]string{"f": "two"}, one)
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			line := "# service=git-upload-pack\n"
			first := two.String() + " HEAD\x00ofs-delta\n"
			advertise(w, fmt.Sprintf("%04x%s0000%04x%s", len(line)+4, line, len(first)+4, first)+
				"003f"+two.String()+" refs/heads/master\n0000")
		}
		return r.Method != http.MethodGet
	}
	r := remote(t, s.options())
	has(t, r, "", two.String(), map[string]string{"f": "two"})
	if !kept(t, r, one) {
		t.Error("the history is not there, so the server was not a simple one")
	}
}

func TestRemoteReadsTheBranchItIsGiven(t *testing.T) {
	s := newSite(t)
	s.save("master", map[string]string{"f": "master"})
	h := s.save("release/2", map[string]string{"f": "release"})
	o := s.options()
	o.Branch = "release/2"
	has(t, remote(t, o), "", h.String(), map[string]string{"f": "release"})
}

func TestRemoteWithoutTheBranch(t *testing.T) {
	s, o := newSite(t), RemoteOptions{}
	local := newRepository(t)
	for _, r := range []repository{s.repository, local} {
		if o = s.options(); r.dir == local.dir {
			o = RemoteOptions{URL: r.dir}
		}
		_, err := remote(t, o).Head(t.Context())
		says(t, err, "it has no branch; push a commit to it first")
		h := r.save("dev", map[string]string{"f": ""})
		_, err = remote(t, o).Head(t.Context())
		says(t, err, "its HEAD stands for no branch that it has; it has dev")
		for _, name := range []string{"a", "b", "c", "d", "e", "g", "h", "i"} {
			r.set("refs/heads/"+name, h)
		}
		o.Branch = "main"
		_, err = remote(t, o).Head(t.Context())
		says(t, err, `it has no branch "main"; it has a, b, c, d, dev, e, g, h and 1 more: give one of them`)
		// The branch went away, with all others.
		for _, name := range []string{"a", "b", "c", "d", "dev", "e", "g", "h", "i"} {
			ok(t, r.git.Storer.RemoveReference(plumbing.NewBranchReferenceName(name)))
		}
		_, err = remote(t, o).Head(t.Context())
		says(t, err, "it has no branch; push a commit to it first")
	}
}

func TestRemoteOfACommitWithoutFiles(t *testing.T) {
	s := newSite(t)
	h := s.save("master", nil)
	r := remote(t, s.options())
	has(t, r, "", h.String(), nil)
	_, err := r.Tree(t.Context(), h.String(), "clusters/mft")
	says(t, err, "there is no folder clusters/mft")
}

func TestRemoteGivesOnlyWhatABranchEndsAt(t *testing.T) {
	for name, o := range map[string]struct {
		repository
		RemoteOptions
	}{"https": siteAnd(t), "ssh": hostAnd(t)} {
		one := o.save("master", map[string]string{"f": "one"})
		o.save("master", map[string]string{"f": "two"}, one)
		r := remote(t, o.RemoteOptions)
		_, err := r.Tree(t.Context(), one.String(), "")
		says(t, err, "no branch ends at commit "+one.String()+" any more; ask for its head again")
		o.gitSays("config", "uploadpack.allowReachableSHA1InWant", "true")
		tree, err := r.Tree(t.Context(), one.String(), "")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		holds(t, tree, map[string]string{"f": "one"})
	}
}

func siteAnd(t *testing.T) struct {
	repository
	RemoteOptions
} {
	s := newSite(t)
	return struct {
		repository
		RemoteOptions
	}{s.repository, s.options()}
}

func hostAnd(t *testing.T) struct {
	repository
	RemoteOptions
} {
	h := newHost(t)
	return struct {
		repository
		RemoteOptions
	}{h.repository, h.options()}
}

func TestRemoteRefusesWhatIsNoHashOrFolder(t *testing.T) {
	r := remote(t, RemoteOptions{URL: t.TempDir()})
	hash := plumbing.ZeroHash.String()
	for _, c := range [][2]string{{"", ""}, {"master", ""}, {hash[:39], ""}, {hash, "/etc"}, {hash, "../x"}, {hash, "a/"}, {hash, `a\b`}} {
		_, err := r.Tree(t.Context(), c[0], c[1])
		says(t, err, "a full hash and a folder of the repository are needed")
	}
	_, err := r.Head(t.Context())
	says(t, err, "list the branches: there is no Git repository; give the folder that has .git")
}
