package testserver

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	sourceModule = "github.com/drakkan/sftpgo/v2"

	// buildTags leaves out the cloud stores and the databases that no test uses: what
	// remains builds in half the time and keeps SQLite and the memory provider.
	buildTags = "nogcs,nos3,noazblob,nobolt,nomysql,nopgsql,noportable,nometrics"
)

// Binary is a built SFTPGo.
type Binary struct {
	// Path is the executable.
	Path string
	// Source is the folder of SFTPGo's module: the server reads its templates, its
	// static files and its OpenAPI description from there.
	Source string
}

// Build builds the SFTPGo that the go.mod in moduleDir names and keeps it in cacheDir
// ("" is a folder in the user's cache); when it is there already nothing is built. Two
// at once are safe. The Go settings of the environment hold; what the go command says
// goes to log, which may be nil.
//
// It returns an error when there is no go command or no C compiler (SFTPGo reaches
// SQLite through cgo), when the modules cannot be had, and when the build does not succeed.
func Build(ctx context.Context, moduleDir, cacheDir string, log io.Writer) (Binary, error) {
	binary, err := build(ctx, goCommand{dir: moduleDir, log: log}, cacheDir)
	if err != nil {
		return Binary{}, fmt.Errorf("build sftpgo: %w", err)
	}
	return binary, nil
}

func build(ctx context.Context, tool goCommand, cacheDir string) (Binary, error) {
	cacheDir, err := prepareCache(cacheDir)
	if err != nil {
		return Binary{}, err
	}
	settings, err := tool.settings(ctx)
	if err != nil {
		return Binary{}, err
	}
	source, err := tool.module(ctx, sourceModule)
	if err != nil {
		return Binary{}, err
	}
	sum, err := fingerprint(os.DirFS(tool.dir), settings)
	if err != nil {
		return Binary{}, err
	}
	path := filepath.Join(cacheDir, "sftpgo-"+strings.TrimPrefix(source.Version, "v")+"-"+sum)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		err = compile(ctx, tool, settings, path)
		if err != nil {
			return Binary{}, err
		}
	}
	return Binary{Path: path, Source: source.Dir}, nil
}

func prepareCache(dir string) (string, error) {
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(user, "gitops-reconciler")
	}
	// The go command runs in another folder.
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o750)
}

// fingerprint names what the binary depends on.
func fingerprint(module fs.FS, settings goSettings) (string, error) {
	hash := sha256.New() // its Write returns no error
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := fs.ReadFile(module, name)
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(hash, "%s %d\n%s", name, len(content), content)
	}
	_, _ = fmt.Fprintln(hash, settings.Version, settings.OS, settings.Arch, buildTags)
	return fmt.Sprintf("%x", hash.Sum(nil)[:8]), nil
}

// compile builds into a folder of its own and renames, so that nobody sees half a binary.
func compile(ctx context.Context, tool goCommand, settings goSettings, path string) error {
	if err := settings.canCgo(); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(path), "building-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()

	fresh := filepath.Join(work, "sftpgo")
	_, err = tool.run(ctx, "build", "-trimpath", "-mod=readonly", "-tags", buildTags, "-o", fresh, sourceModule)
	if err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
