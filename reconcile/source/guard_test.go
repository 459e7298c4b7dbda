package source

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestGuardRefusesWhatIsNoFile(t *testing.T) {
	g := guard{rootFiles{fstest.MapFS{
		"pipe":    {Mode: fs.ModeNamedPipe},
		"strange": {Mode: fs.ModeIrregular},
	}}, MaxFileSize}
	for _, name := range []string{"pipe", "strange"} {
		for _, err := range readings(g, name) {
			if !errors.Is(err, ErrNotRegular) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := g.ReadFile("."); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a folder: %v", err)
	}
}

func TestGuardCapsFiles(t *testing.T) {
	g := guard{rootFiles{fstest.MapFS{"full": {Data: []byte("123")}, "over": {Data: []byte("1234")}}}, 3}
	for _, err := range readings(g, "over") {
		if !errors.Is(err, ErrTooLarge) {
			t.Error(err)
		}
	}
	for _, err := range readings(g, "full") {
		ok(t, err)
	}
	// The size that a file states is not believed.
	g.files = growing{g.files}
	if _, err := g.ReadFile("over"); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// growing states the size of a file before it grew.
type growing struct{ files }

func (g growing) stat(string) (fs.FileInfo, error) { return g.files.stat("full") }

func TestGuardRefusesPaths(t *testing.T) {
	g := guard{rootFiles{fstest.MapFS{"a/b": {}}}, MaxFileSize}
	for _, name := range []string{"", "/a", "..", "../a", "a/../a", "a//b", "a/", "./a", `a\b`, `..\a`, "a\x00b", "a\xff"} {
		for _, err := range append(readings(g, name), second(g.Stat(name)), second(g.ReadDir(name))) {
			if !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%q: %v", name, err)
			}
			if _, is := errors.AsType[*fs.PathError](err); !is {
				t.Errorf("%q: %T", name, err)
			}
		}
	}
}

func readings(g guard, name string) []error {
	return []error{second(g.Open(name)), second(g.ReadFile(name))}
}

func second[T any](_ T, err error) error { return err }
