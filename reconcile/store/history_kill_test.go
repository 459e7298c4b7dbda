package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// keepUntilKilled keeps two runs of two peers each, drops the first, and says each step as it has come to its
// end; at one of its steps it kills itself.
func keepUntilKilled(dir, at string) error {
	s, err := Open(dir, Holder{Command: "keep", PID: os.Getpid()}, 0)
	if err != nil {
		return err
	}
	step := 0
	may := func(done string) {
		fmt.Println(done)
		if strconv.Itoa(step) == at {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			fmt.Println(err)
			select {}
		}
		step++
	}
	h := s.History()
	for range 2 {
		if err := keepOne(h, may); err != nil {
			return err
		}
	}
	_, err = h.Prune("mft", 1)
	may("dropped 1")
	return errors.Join(err, errors.New("it was not killed"))
}

func keepOne(h *History, may func(done string)) error {
	run, err := h.Start(Entry{Cluster: "mft"})
	may(fmt.Sprintf("started %d", run.ID))
	for _, serial := range []string{"1", "2"} {
		err = errors.Join(err, run.Keep(plan.Snapshot{Serial: serial}, three(may)))
		may(fmt.Sprintf("kept %d %s", run.ID, serial))
	}
	err = errors.Join(err, run.End(time.Unix(2, 0), "report", "result"))
	may(fmt.Sprintf("ended %d", run.ID))
	return err
}

func three(may func(string)) iter.Seq[plan.Kept] {
	return func(yield func(plan.Kept) bool) {
		for _, id := range []string{"a", "b", "c"} {
			may("item")
			if !yield(plan.Kept{Key: key(id)}) {
				return
			}
		}
	}
}

// TestHistoryKilled kills a process at each of its steps, and wants of each run and of each snapshot a whole
// one, or none if nobody was told of it; and the next process to go on.
func TestHistoryKilled(t *testing.T) {
	for at := 0; ; at++ {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), "STORE_KEEP_UNTIL_KILLED="+dir, fmt.Sprint("STORE_KILL_AT=", at))
		out, _ := cmd.Output() // it is killed
		if strings.Contains(string(out), "it was not killed") {
			if at < 18 {
				t.Errorf("only %d steps: %s", at, out)
			}
			return
		}
		told(t, dir, out)
		if t.Failed() {
			t.Fatalf("killed at step %d, after:\n%s", at, out)
		}
	}
}

func told(t *testing.T, dir string, out []byte) {
	s := open(t, dir)
	h := s.History()
	dropped := bytes.Contains(out, []byte("dropped 1"))
	for id := 1; id <= 2; id++ {
		e, err := h.Entry(id)
		if there := err == nil; there != (bytes.Contains(out, fmt.Appendf(nil, "started %d", id)) && (id == 2 || !dropped)) {
			t.Errorf("run %d: %v", id, err)
		}
		if ended := bytes.Contains(out, fmt.Appendf(nil, "ended %d", id)); err == nil && ended == e.Ended.IsZero() {
			t.Errorf("run %d: ended at %s", id, e.Ended)
		}
		for _, serial := range []string{"1", "2"} {
			got, found, err := h.Snapshot(id, serial)
			want := bytes.Contains(out, fmt.Appendf(nil, "kept %d %s", id, serial)) && (id == 2 || !dropped)
			if err != nil || found != want || found && len(got.Items) != 3 {
				t.Errorf("run %d, peer %s: found %v, %v, %v", id, serial, found, got.Items, err)
			}
		}
	}
	next := begun(t, h, "mft")
	_, err := h.Prune("mft", 1)
	ok(t, err)
	files, err := filepath.Glob(filepath.Join(dir, historyDir, "*"))
	ok(t, err)
	if len(files) != 1 || next.ID > 3 {
		t.Errorf("left behind: %s; the next is %d", files, next.ID)
	}
	ok(t, s.Close())
}
