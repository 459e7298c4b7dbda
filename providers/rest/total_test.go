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

const (
	byNumber = `{"path": "/list", "items": "/items", "page": {"limit": "limit", "size": 4, "number": "page", "first": 1}}`
	byIndex  = `{"path": "/list", "items": "/items", "page": {"limit": "limit", "size": 4, "offset": "offset", "first": 1}, "total": "/total"}`
)

// counted gives a shelf out by number or by index, both from 1 on, and says how many there are in all. A
// page after the last is refused.
func counted(s *shelf) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from, _ := strconv.Atoi(r.FormValue("offset"))
		if page, err := strconv.Atoi(r.FormValue("page")); err == nil {
			from = (page-1)*s.clamp + 1
		}
		if s.before != nil {
			s.before(from)
		}
		if from > max(len(s.names), 1) {
			say(400, "page out of range")(w, r)
			return
		}
		items := []string{}
		for _, name := range s.names[from-1 : min(from-1+s.clamp, len(s.names))] {
			items = append(items, fmt.Sprintf(`{"name": %q}`, name))
		}
		say(200, fmt.Sprintf(`{"total": %d, "items": [%s]}`, len(s.names), strings.Join(items, ",")))(w, r)
	}
}

func withTotal(list string) string { return strings.TrimSuffix(list, "}") + `, "total": "/total"}` }

// TestTotalsSayWhereTheEndIs: the page after it is not asked for.
func TestTotalsSayWhereTheEndIs(t *testing.T) {
	for name, list := range map[string]string{"by number": withTotal(byNumber), "by index": byIndex} {
		for _, n := range []int{0, 1, 3, 4, 5, 8, 9} {
			s := &shelf{names: names(n), clamp: 4}
			items, err := newPeer(t, setup{list: list}, counted(s)).listed(t)
			if err != nil || len(items) != n {
				t.Errorf("%s, %d items: got %d, %v", name, n, len(items), err)
			}
		}
	}
}

// TestPagesByNumberWithoutATotal end with one that is empty.
func TestPagesByNumberWithoutATotal(t *testing.T) {
	for _, n := range []int{0, 3, 4, 9} {
		s := &shelf{names: names(n), clamp: 4}
		p := newPeer(t, setup{list: byNumber}, func(w http.ResponseWriter, r *http.Request) {
			page, _ := strconv.Atoi(r.FormValue("page"))
			if (page-1)*4 >= n {
				say(200, `{"items": []}`)(w, r)
				return
			}
			counted(s)(w, r)
		})
		if items, err := p.listed(t); err != nil || len(items) != n {
			t.Errorf("%d items: got %d, %v", n, len(items), err)
		}
	}
}

// TestTotalsThatMove: what slips from one page to another while they are read shows in the total.
func TestTotalsThatMove(t *testing.T) {
	s := &shelf{}
	numbered := newPeer(t, setup{list: withTotal(byNumber)}, counted(s))
	indexed := newPeer(t, setup{list: byIndex}, counted(s))
	rapid.Check(t, func(rt *rapid.T) {
		p := rapid.SampledFrom([]*peer{numbered, indexed}).Draw(rt, "paging")
		s.names, s.clamp = names(rapid.IntRange(1, 20).Draw(rt, "items")), 4
		deletions := rapid.SliceOfN(rapid.IntRange(0, 20), 0, 6).Draw(rt, "deletions") // above the list: none
		s.before = func(int) {
			if len(deletions) > 0 {
				if at := deletions[0]; at < len(s.names) {
					s.names = slices.Delete(s.names, at, at+1)
				}
				deletions = deletions[1:]
			}
		}
		items, err := p.listed(t)
		for _, n := range s.names {
			if _, ok := items[n]; !ok && err == nil {
				rt.Fatalf("%s is missing", n)
			}
		}
	})
}

// TestAPageNumberThatIsIgnored is found out: all pages are the first.
func TestAPageNumberThatIsIgnored(t *testing.T) {
	p := newPeer(t, setup{list: byNumber, options: Options{MaxBytes: 1000}}, say(200, `{"items": [{"name": "a"}]}`))
	_, err := p.listed(t)
	failed(t, err, schema.Busy, "all begin at the same item")
}

func TestTotalsThatAreNone(t *testing.T) {
	for answer, want := range map[string]string{
		`{"items": []}`:                                             "no number at /total",
		`{"items": [], "total": "3"}`:                               "no number at /total",
		`{"items": [], "total": -1}`:                                "no number at /total",
		`{"items": [{"name": "a"}, {"name": "a"}], "total": 2}`:     `it has two items "a"`,
		`{"items": {"a": {"name": "a"}}, "total": 1}`:               `no list at "/items"`,
		`{"items": [{"name": "a"}], "total": 1} {"items": []}`:      "not JSON to the end",
		`{"items": [{"name": "a"}, `:                                "not JSON to the end",
		`{"other": [], "total": 0}`:                                 `no list at "/items"`,
		`[]`:                                                        `no list at "/items"`,
		`{"items": "`:                                               "is not JSON",
		`{"total": 1, "items": [{"name": "a"}], "more": {"a": [1]}`: "not JSON to the end",
	} {
		p := newPeer(t, setup{list: `{"path": "/list", "items": "/items", "total": "/total"}`}, say(200, answer))
		_, err := p.listed(t)
		failed(t, err, schema.Garbled, want)
	}
}
