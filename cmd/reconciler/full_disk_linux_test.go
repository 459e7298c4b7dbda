package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFullTmpfs keeps the state on a small disk that something else fills, but for some room, from none to
// enough. TestFullDisk walks the same by a limit, which needs no right to mount; only here the disk is really
// full, for all files together, and for what maps them into memory.
func TestFullTmpfs(t *testing.T) {
	eachStart(t, fullTmpfs)
}

func fullTmpfs(t *testing.T, start func(*testing.T) *lab) {
	failed := map[bool]int{} // by whether the peer was written to
	for room := 0; ; room += 8192 {
		l := start(t)
		ballast := l.smallDisk(room)
		out, err := l.reconciler(nil, "apply", "--auto-approve")
		if err == nil {
			if failed[false] == 0 || failed[true] == 0 {
				t.Errorf("too little, before and after the peer is written to: %v", failed)
			}
			return
		}
		failed[len(l.writes) > 0]++
		exit, _ := errors.AsType[*exec.ExitError](err)
		if exit == nil || exit.ExitCode() != exitError && exit.ExitCode() != exitPartly || !strings.Contains(out, syscall.ENOSPC.Error()) || !strings.Contains(out, "Make room") || strings.Contains(out, "goroutine ") {
			t.Fatalf("%d bytes: %v\n%s", room, err, out)
		}
		if len(l.writes) > 0 {
			l.keptBeforeWriting()
		}
		l.ok(os.Remove(ballast))
		l.must("apply", "--auto-approve")
		l.must("plan", "--detailed-exitcode")
		if t.Failed() {
			t.Fatalf("with %d bytes:\n%s", room, out)
		}
	}
}

// TestReadOnlyDisk: what only looks works, and what would write says so before it talks to a peer.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	l := newLab(t, applied(t))
	l.smallDisk(1 << 20)
	l.ok(syscall.Mount("", filepath.Join(l.dir, ".reconciler"), "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	for _, command := range [][]string{{"plan"}, {"history"}, {"status"}} {
		l.must(command...)
	}
	for _, command := range [][]string{{"apply", "--auto-approve"}, {"rollback", "1"}, {"snapshot"}} {
		out, err := l.reconciler(nil, command...)
		if exit, _ := errors.AsType[*exec.ExitError](err); exit == nil || exit.ExitCode() != exitError || !strings.Contains(out, syscall.EROFS.Error()) || l.count > 0 {
			t.Errorf("%s: %v, %d requests\n%s", command, err, l.count, out)
		}
	}
}

// smallDisk moves the state to a disk of its own, which a file fills but for some bytes. It returns the file.
func (l *lab) smallDisk(room int) (ballast string) {
	l.t.Helper()
	state, aside := filepath.Join(l.dir, ".reconciler"), filepath.Join(l.dir, "aside")
	if err := os.Rename(state, aside); errors.Is(err, fs.ErrNotExist) {
		l.ok(os.Mkdir(aside, 0o700))
	} else {
		l.ok(err)
	}
	l.ok(os.Mkdir(state, 0o700))
	if err := syscall.Mount("tmpfs", state, "tmpfs", 0, "size=4m,mode=0700"); err != nil {
		l.t.Skipf("a small disk cannot be mounted here (%v): TestFullDisk has to do", err)
	}
	l.t.Cleanup(func() { l.ok(syscall.Unmount(state, syscall.MNT_DETACH)) })
	l.ok(os.CopyFS(state, os.DirFS(aside)))
	var disk syscall.Statfs_t
	l.ok(syscall.Statfs(state, &disk))
	ballast = filepath.Join(state, "ballast")
	l.ok(os.WriteFile(ballast, make([]byte, int64(disk.Bavail)*disk.Bsize-int64(room)), 0o600))
	return ballast
}
