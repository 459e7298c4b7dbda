package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	lockPause    = 10 * time.Millisecond
	lockAttempts = 20
)

// refLock is the lock of a branch: a file beside it, which only one can create, and which becomes the branch.
type refLock struct {
	file    *os.File
	ref     string // the file that the branch is in
	written bool
}

// lockRef waits a little for the lock, as Git does: others hold it for a moment.
func lockRef(ctx context.Context, ref string) (*refLock, error) {
	if err := os.MkdirAll(filepath.Dir(ref), 0o777); err != nil {
		return nil, err
	}
	pause := time.NewTicker(lockPause)
	defer pause.Stop()
	for range lockAttempts {
		f, err := os.OpenFile(ref+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			return &refLock{file: f, ref: ref}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-pause.C:
		}
	}
	return nil, fmt.Errorf("somebody else writes to it; if no git is running, remove %s.lock", ref)
}

// finish makes what was written the branch, or leaves the branch as it is.
func (l *refLock) finish(failed error) error {
	if failed == nil && l.written {
		failed = l.file.Sync()
	}
	if err := l.file.Close(); failed == nil {
		failed = err
	}
	if failed == nil && l.written {
		return os.Rename(l.file.Name(), l.ref)
	}
	return errors.Join(failed, os.Remove(l.file.Name()))
}
