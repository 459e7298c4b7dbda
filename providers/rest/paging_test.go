package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

const byOffset = `{"path": "/list", "page": {"limit": "limit", "size": 4, "offset": "offset"}}`

const fullByOffset = `{"path": "/list", "page": {"limit": "limit", "size": 4, "full": true, "offset": "offset"}}`

const fullFromLast = `{"path": "/list", "page": {"limit": "limit", "size": 4, "full": true, "cursor": "from"}}`

// shelf is a list that is given out by offset.
type shelf struct {
	names  []string
	clamp  int          // how many items it gives at most
	before func(at int) // called before a page is read
	made   int          // items that were inserted
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	offset, _ := strconv.Atoi(r.FormValue("offset"))
	if last := r.FormValue("from"); last != "" {
		offset = slices.Index(s.names, last) + 1
	}
	limit, _ := strconv.Atoi(r.FormValue("limit"))
	if s.before != nil {
		s.before(offset)
	}
	from := min(offset, len(s.names))
	s.give(w, s.names[from:min(from+min(limit, s.clamp), len(s.names))])
}

func (s *shelf) give(w http.ResponseWriter, names []string) {
	items := make([]string, len(names))
	for i, name := range names {
		items[i] = fmt.Sprintf(`{"name": %q}`, name)
	}
	say(200, "["+strings.Join(items, ",")+"]")(w, nil)
}

func names(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("n%03d", i)
	}
	return all
}

// TestShortPagesAreNotTheEnd: a server may give fewer items than it is asked for.
func TestShortPagesAreNotTheEnd(t *testing.T) {
	for _, clamp := range []int{1, 2, 3, 4, 5} {
		for _, n := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9} {
			s := &shelf{names: names(n), clamp: clamp}
			items, err := newPeer(t, setup{list: byOffset}, s.ServeHTTP).listed(t)
			if err != nil || len(items) != n {
				t.Errorf("%d items, %d at a time: got %d, %v", n, clamp, len(items), err)
			}
		}
	}
}

// TestFullPages: a server that fills its pages is asked no more once one is not full, and what moves in between is
// noticed all the same.
func TestFullPages(t *testing.T) {
	for list, asks := range map[string]map[int]int{
		fullByOffset: {0: 1, 1: 1, 3: 1, 4: 2, 6: 2, 7: 3, 8: 3}, // pages overlap by an item
		fullFromLast: {0: 1, 1: 1, 3: 1, 4: 2, 7: 2, 8: 3},
	} {
		for n, asked := range asks {
			s := &shelf{names: names(n), clamp: 4}
			p := newPeer(t, setup{list: list}, s.ServeHTTP)
			items, err := p.listed(t)
			if err != nil || len(items) != n || p.count("") != asked {
				t.Errorf("%s, %d items: got %d, %v, and asked %d times, want %d", list, n, len(items), err, p.count(""), asked)
			}
		}
	}
}

func TestListsThatMove(t *testing.T) {
	for name, test := range map[string]struct {
		at   int // when it moves: the offset of a page
		move func([]string) []string
	}{
		"the first is deleted":                  {3, func(n []string) []string { return n[1:] }},
		"all that was read is deleted":          {3, func(n []string) []string { return n[4:] }},
		"what was read last is deleted":         {3, func(n []string) []string { return slices.Delete(n, 3, 4) }},
		"one comes in front":                    {3, func(n []string) []string { return slices.Insert(n, 0, "a") }},
		"many come in front":                    {3, func(n []string) []string { return append([]string{"a", "b", "c", "d", "e"}, n...) }},
		"one deleted, one comes":                {3, func(n []string) []string { return slices.Insert(n[1:], 0, "a") }},
		"the first is deleted near the end":     {8, func(n []string) []string { return n[1:] }},
		"the first is deleted at the very end":  {9, func(n []string) []string { return n[1:] }},
		"everything but the first five is gone": {3, func(n []string) []string { return n[:5] }},
		"everything is gone":                    {3, func([]string) []string { return nil }},
	} {
		s := &shelf{names: names(10), clamp: 4}
		moved := false
		s.before = func(offset int) {
			if offset >= test.at && !moved {
				s.names, moved = test.move(slices.Clone(s.names)), true
			}
		}
		items, err := newPeer(t, setup{list: byOffset}, s.ServeHTTP).listed(t)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, n := range s.names {
			if _, ok := items[n]; !ok && n[0] == 'n' {
				t.Errorf("%s: %s is missing", name, n)
			}
		}
	}
}

// TestListsThatMoveAtRandom: whatever happens between two pages, an item that was there all the time is
// in the list, or there is none. (A server that gives one item at a time cannot be held to it: no two of
// its items are ever seen together.)
func TestListsThatMoveAtRandom(t *testing.T) {
	s := &shelf{}
	short := newPeer(t, setup{list: byOffset}, s.ServeHTTP)
	full := newPeer(t, setup{list: fullByOffset}, s.ServeHTTP)
	rapid.Check(t, func(rt *rapid.T) {
		s.names = names(rapid.IntRange(0, 20).Draw(rt, "items"))
		p := full
		if s.clamp = rapid.IntRange(2, 5).Draw(rt, "clamp"); s.clamp < 4 {
			p = short
		}
		moves := rapid.SliceOfN(rapid.IntRange(-20, 20), 0, 6).Draw(rt, "moves") // below 0: delete there
		gone := map[string]bool{}
		s.before = func(int) {
			for len(moves) > 0 && moves[0] != 0 {
				s.move(moves[0], gone)
				moves = moves[1:]
			}
			moves = moves[min(1, len(moves)):] // 0: the page comes now
		}
		items, err := p.listed(t)
		if err != nil && schema.CauseOf(err) != schema.Busy {
			rt.Fatal(err)
		}
		for _, n := range s.names {
			if _, ok := items[n]; !ok && err == nil && n[0] == 'n' && !gone[n] {
				rt.Fatalf("%s is missing", n)
			}
		}
	})
}

func (s *shelf) move(at int, gone map[string]bool) {
	switch {
	case at < 0 && -at <= len(s.names):
		gone[s.names[-at-1]] = true
		s.names = slices.Delete(s.names, -at-1, -at)
	case at > 0:
		s.made++
		s.names = slices.Insert(s.names, min(at-1, len(s.names)), fmt.Sprint("x", s.made))
	}
}

func TestListsThatNeverStopMoving(t *testing.T) {
	s := &shelf{names: names(10), clamp: 4}
	s.before = func(offset int) {
		if offset > 0 {
			s.names = slices.Delete(append(s.names, fmt.Sprint("m", len(s.names))), 0, 1)
		}
	}
	_, err := newPeer(t, setup{list: byOffset}, s.ServeHTTP).listed(t)
	failed(t, err, schema.Busy, "changes while it is read")
}

func TestOffsetsThatAreIgnored(t *testing.T) {
	for _, n := range []int{1, 2, 10} {
		s := &shelf{names: names(n)}
		p := newPeer(t, setup{list: byOffset}, func(w http.ResponseWriter, _ *http.Request) { s.give(w, s.names) })
		_, err := p.listed(t)
		failed(t, err, schema.Busy, "all begin at the same item")
		if got := p.count(""); got > 9 {
			t.Errorf("%d items: asked %d times", n, got)
		}
	}
}

func TestNoPartOfAList(t *testing.T) {
	s := &shelf{names: names(10), clamp: 4}
	for status, cause := range map[int]schema.Cause{500: schema.Garbled, 404: schema.Garbled, 403: schema.Unauthorised, 400: schema.Rejected} {
		_, err := newPeer(t, setup{list: byOffset}, inTurn(s.ServeHTTP, say(status, ""))).listed(t)
		failed(t, err, cause, "list list") // listed checks that there are no items beside it
	}
}
