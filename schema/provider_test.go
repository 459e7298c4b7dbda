package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func kindsAfter(after map[string][]string) Provider {
	p := Provider{Kinds: map[string]Kind{}}
	for name, others := range after {
		p.Kinds[name] = Kind{After: others}
	}
	return p
}

func TestLevels(t *testing.T) {
	p := kindsAfter(map[string][]string{"user": {"group", "folder"}, "group": {"folder"}, "folder": nil, "admin": {"elsewhere"}})
	got, err := p.Levels()
	if want := [][]string{{"admin", "folder"}, {"group"}, {"user"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if got, err := (Provider{}).Levels(); err != nil || got != nil {
		t.Errorf("no kinds: got %v, %v", got, err)
	}
}

func TestLevelsInACircle(t *testing.T) {
	for want, after := range map[string]map[string][]string{
		"circle: a":       {"a": {"a"}},
		"circle: a, b":    {"a": {"b"}, "b": {"a"}, "c": nil},
		"circle: b, c":    {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}},
		"circle: a, b, d": {"a": {"b"}, "b": {"d"}, "d": {"a", "c"}, "c": nil},
	} {
		if got, err := kindsAfter(after).Levels(); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v: got %v, %v, want %q", after, got, err, want)
		}
	}
}

func TestLevelsPutsAKindAfterThoseItRefersTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		after := map[string][]string{}
		for i := range rapid.IntRange(0, 8).Draw(t, "kinds") {
			// Only earlier ones, so that there is no circle.
			after[fmt.Sprint(i)] = rapid.SliceOfN(rapid.Map(rapid.IntRange(0, i), earlier(i)), 0, 3).Draw(t, "after")
		}
		levels, err := kindsAfter(after).Levels()
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, level := range levels {
			for _, kind := range level {
				if i := slices.IndexFunc(after[kind], func(a string) bool { return after[a] != nil && !seen[a] }); i >= 0 {
					t.Fatalf("%s comes before %s in %v", kind, after[kind][i], levels)
				}
			}
			for _, kind := range level {
				seen[kind] = true
			}
			if !slices.IsSorted(level) {
				t.Fatalf("%v is not sorted", level)
			}
		}
		if len(seen) != len(after) {
			t.Fatalf("got %v, want every kind of %v", levels, after)
		}
	})
}

// earlier names a kind before i; where there is none, one that does not exist.
func earlier(i int) func(int) string {
	return func(n int) string { return fmt.Sprint(n - (n+1)/(i+1)) }
}
