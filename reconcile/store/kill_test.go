package store

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// TestMain lets this binary be the process that another test kills: with a directory in the environment
// it writes there until it dies, or keeps runs there until it kills itself.
func TestMain(m *testing.M) {
	if dir := os.Getenv("STORE_WRITE_FOR_EVER"); dir != "" {
		if err := writeForEver(dir); err != nil {
			fmt.Println(err)
		}
		os.Exit(1)
	}
	if dir := os.Getenv("STORE_KEEP_UNTIL_KILLED"); dir != "" {
		fmt.Println(keepUntilKilled(dir, os.Getenv("STORE_KILL_AT")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver counts: each number goes to peer 1 in one transaction, then to peer 2 in the next, and is
// printed when both are done.
func writeForEver(dir string) error {
	s, err := Open(dir, Holder{Command: "write", PID: os.Getpid()}, 0)
	if err != nil {
		return err
	}
	memory, err := s.Recall("mft", "2")
	if err != nil {
		return err
	}
	fmt.Println("open")
	for n := number(memory.Base) + 1; ; n++ {
		body := schema.Body{"n": n, "text": strings.Repeat("x", int(n%7)*100)}
		if err := s.Begin("mft", "1", plan.Memory{Base: given(body, twenty()...), Intents: given(body, twenty()...)}, nil); err != nil {
			return err
		}
		if err := s.Remember("mft", "2", given(body, twenty()...), nil); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func twenty() []string {
	return strings.Split("a b c d e f g h i j k l m n o p q r s t", " ")
}

func number(base map[schema.Key]plan.Record) int64 {
	n, _ := base[key("a")].Body["n"].(int64)
	return n
}

// TestKilled kills a process that writes, again and again, and wants what it leaves behind to be whole,
// and to have everything that it was told is kept.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	for round := range 12 {
		told := writeAndKill(t, dir, rand.IntN(3*round+1))
		if s, err := Open(dir, Holder{}, 0); err != nil {
			t.Fatal(err)
		} else {
			consistent(t, s, told)
			ok(t, s.Close())
		}
	}
}

// writeAndKill returns the last number that the process printed. It is killed while it writes the next.
func writeAndKill(t *testing.T, dir string, lines int) int64 {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_WRITE_FOR_EVER="+dir)
	out, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	printed := bufio.NewScanner(out)
	last := int64(0)
	scan := func() {
		if _, err := fmt.Sscan(printed.Text(), &last); err != nil && printed.Text() != "open" {
			t.Fatal(printed.Text())
		}
	}
	for range lines {
		if printed.Scan() {
			scan()
		}
	}
	if lines > 0 {
		crashed(t, dir)
	}
	ok(t, cmd.Process.Kill())
	for printed.Scan() {
		scan()
	}
	_, err = io.Copy(io.Discard, out)
	ok(t, err)
	_ = cmd.Wait() // it was killed
	return last
}

// crashed: while the process lives, its name is on the state.
func crashed(t *testing.T, dir string) {
	_, err := Open(dir, Holder{}, 0)
	if got := locked(t, err); !strings.Contains(got, "write by") {
		t.Error(got)
	}
}

func consistent(t *testing.T, s *Store, told int64) {
	t.Helper()
	one, err := s.Recall("mft", "1")
	ok(t, err)
	two, err := s.Recall("mft", "2")
	ok(t, err)
	n := number(two.Base)
	if ahead := number(one.Base) - n; n < told || ahead < 0 || ahead > 1 {
		t.Fatalf("peer 1 has %d, peer 2 has %d, told was %d", number(one.Base), n, told)
	}
	for _, records := range []map[schema.Key]plan.Record{one.Base, one.Intents, two.Base} {
		for at, record := range records {
			if record.Body["n"] != number(records) || len(records) != 20 {
				t.Fatalf("%s has %v, others %d", at, record.Body["n"], number(records))
			}
		}
	}
}
