package node

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

// testLogger writes no time.
func testLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// listed is a page as a client has it.
type listed struct {
	Items []item
	Next  string
}

// list reads every item of a kind, in pages.
func (n *Node) list(t testing.TB, kind string, limit int) (items []item) {
	t.Helper()
	for after := ""; ; {
		var p listed
		unmarshal(t, n.do("GET", fmt.Sprintf("/v1/kinds/%s/items?limit=%d&after=%s", kind, limit, url.QueryEscape(after)), ""), &p)
		items = append(items, p.Items...)
		if p.Next == "" {
			return items
		}
		after = p.Next
	}
}

// recompute is what the totals of items have to be, worked out another way.
func recompute(items []item) totals {
	t, sum := totals{Count: len(items)}, new(big.Int)
	for _, i := range items {
		length := binary.BigEndian.AppendUint64(nil, uint64(len(i.ID)))
		hash := sha256.Sum256([]byte(string(length) + i.ID + string(i.Body)))
		sum.Xor(sum, new(big.Int).SetBytes(hash[:]))
		t.Revision = max(t.Revision, i.Revision)
	}
	sum.FillBytes(t.Digest[:])
	return t
}

func TestReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by", "node")
	n := openNode(t, dir, Options{})
	for id := range 3 {
		n.do("PUT", itemPath("host", fmt.Sprint(id)), fmt.Sprintf(`{"n":%d}`, id))
	}
	n.do("PUT", itemPath("route", "gone"), "{}")
	n.do("DELETE", itemPath("route", "gone"), "")
	before, items := n.status(t), n.list(t, "host", 500)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = openNode(t, dir, Options{})
	if diff := cmp.Diff(before, n.status(t)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(items, n.list(t, "host", 500), cmp.AllowUnexported(item{})); diff != "" {
		t.Error(diff)
	}
	if before.Instance == "" || before.Revision != 5 {
		t.Errorf("status %+v", before)
	}
	n.do("PUT", itemPath("host", "0"), "{}")
	if got := n.status(t).Revision; got != 6 {
		t.Errorf("revision %d after reopening, want 6", got)
	}
	if other := newNode(t, Options{}).status(t).Instance; other == before.Instance {
		t.Errorf("two nodes are instance %s", other)
	}
}

func TestReopenRecounts(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, dir, Options{NoSync: true})
	n.do("PUT", itemPath("host", "a"), "{}")
	before := n.status(t)
	err := n.store.db.Update(func(tx *bolt.Tx) error {
		return openShelf(tx, "host").setTotals(totals{Count: 7, Revision: 1, Digest: digest{7}})
	})
	if err != nil || n.Close() != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, openNode(t, dir, Options{}).status(t)); diff != "" {
		t.Error(diff)
	}
}

func TestOpenCorrupt(t *testing.T) {
	for want, spoil := range map[string]func(*bolt.Tx) error{
		"read host/a": func(tx *bolt.Tx) error {
			return openShelf(tx, "host").items.Put([]byte("a"), []byte("{"))
		},
		"read totals of host": func(tx *bolt.Tx) error {
			return tx.Bucket([]byte(totalsBucket)).Put([]byte("host"), []byte("{"))
		},
	} {
		dir := t.TempDir()
		n := openNode(t, dir, Options{NoSync: true})
		n.do("PUT", itemPath("host", "a"), "{}")
		if err := n.store.db.Update(spoil); err != nil {
			t.Fatal(err)
		}
		if w := n.do("PUT", itemPath("host", "a"), `{"new":1}`); w.Code != 500 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", want, w.Code, w.Body)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, fileName)+": "+want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestOpenTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openNode(t, dir, Options{})
	_, err := Open(dir, Options{})
	if want := "open node: " + filepath.Join(dir, "node.db") + " is in use by another process"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// plant writes items past the API, all with one body.
func (n *Node) plant(t testing.TB, kind string, count int, body string) {
	t.Helper()
	err := n.store.db.Update(func(tx *bolt.Tx) error {
		items, err := tx.Bucket([]byte(itemsBucket)).CreateBucket([]byte(kind))
		for i := 0; i < count && err == nil; i++ {
			err = items.Put(fmt.Appendf(nil, "%04d", i), []byte(`{"revision":1,"body":`+body+"}"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPageLimits(t *testing.T) {
	n := newNode(t, Options{})
	n.plant(t, "host", maxLimit+1, "{}")
	n.plant(t, "large", 9, `{"x":"`+strings.Repeat("x", maxBodyBytes-8)+`"}`)
	for query, want := range map[string]int{
		"host/items": defaultLimit, "host/items?limit=2000": maxLimit, "host/items?limit=7": 7, "large/items": 8,
	} {
		var p listed
		unmarshal(t, n.do("GET", "/v1/kinds/"+query, ""), &p)
		if len(p.Items) != want || p.Next != p.Items[want-1].ID {
			t.Errorf("%s: %d items and next %q, want %d", query, len(p.Items), p.Next, want)
		}
	}
}
