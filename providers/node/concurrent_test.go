package node

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConcurrentWriters has writers meet on the same items, with and without
// the batches that run functions again.
func TestConcurrentWriters(t *testing.T) {
	for _, noSync := range []bool{true, false} {
		n := openNode(t, t.TempDir(), Options{NoSync: noSync})
		var wait sync.WaitGroup
		for writer := range 8 {
			wait.Go(func() {
				for i := range 20 {
					path := itemPath("host", fmt.Sprint((writer+i)%7))
					switch i % 4 {
					case 0:
						n.do("DELETE", path, "")
					case 1:
						n.do("PUT", path, "{}", "If-None-Match: *")
					default:
						n.do("PUT", path, fmt.Sprintf(`{"n":%d}`, writer*i%5))
					}
				}
			})
		}
		wait.Wait()
		s := n.status(t)
		want := recompute(n.list(t, "host", 3))
		want.Revision = s.Revision // that of a removal may be the last
		if diff := cmp.Diff(want, s.Kinds["host"]); diff != "" {
			t.Errorf("NoSync %v: %s", noSync, diff)
		}
	}
}

// TestConcurrentRevisions checks that each write has a revision of its own.
func TestConcurrentRevisions(t *testing.T) {
	n := openNode(t, t.TempDir(), Options{})
	const writers, writes = 8, 10
	var wait sync.WaitGroup
	revisions := make(chan uint64, writers*writes)
	for writer := range writers {
		wait.Go(func() {
			for i := range writes {
				var got item
				w := n.do("PUT", itemPath("host", fmt.Sprintf("%d-%d", writer, i)), "{}")
				if json.Unmarshal(w.Body.Bytes(), &got) == nil {
					revisions <- got.Revision
				}
			}
		})
	}
	wait.Wait()
	close(revisions)
	seen := make(map[uint64]bool)
	for revision := range revisions {
		seen[revision] = true
	}
	if len(seen) != writers*writes || n.status(t).Revision != writers*writes {
		t.Errorf("%d revisions, the node's is %d, want %d", len(seen), n.status(t).Revision, writers*writes)
	}
}

// TestPaging reads in pages while others write: items that stay are met
// exactly once, in order.
func TestPaging(t *testing.T) {
	n := newNode(t, Options{})
	const stay = 50
	for i := range stay {
		n.do("PUT", itemPath("host", fmt.Sprintf("%02d", i)), "{}")
	}
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
				path := itemPath("host", fmt.Sprintf("%02d-passing", i%stay))
				n.do("PUT", path, "{}")
				n.do("DELETE", path, "")
			}
		}
	})
	for limit := 1; limit <= stay+1; limit += 5 {
		var got, want []string
		for _, i := range n.list(t, "host", limit) {
			if !strings.HasSuffix(i.ID, "-passing") {
				got = append(got, i.ID)
			}
		}
		for i := range stay {
			want = append(want, fmt.Sprintf("%02d", i))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("limit %d: %s", limit, diff)
		}
	}
	close(done)
	wait.Wait()
}
