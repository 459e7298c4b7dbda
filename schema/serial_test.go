package schema

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestCompareSerials(t *testing.T) {
	for _, ascending := range [][]string{
		{"", "1", "01", "001", "2", "9", "10", "0010", "11", "100"},
		{"HC2-A", "HC10-A", "HC10-B", "hc2-a"},
		{"HC1", "HC01", "HC1-A", "HC01-A", "HC1-B"},
		{"1001", "1002", "1010", "20000", "A", "A1", "B"},
		{"9999999999999999999999999999", "10000000000000000000000000000"},
		{"-1", "1", "a", "a-1", "é1"},
	} {
		for i, a := range ascending {
			for j, b := range ascending {
				if got, want := sign(CompareSerials(a, b)), sign(i-j); got != want {
					t.Errorf("%q, %q: got %d, want %d", a, b, got, want)
				}
			}
		}
	}
}

func TestCompareSerialsIsATotalOrder(t *testing.T) {
	// Few letters, so that near misses are common.
	serial := rapid.StringOfN(rapid.SampledFrom([]rune("0019aZ-")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := serial.Draw(t, "a"), serial.Draw(t, "b"), serial.Draw(t, "c")
		if sign(CompareSerials(a, b)) != -sign(CompareSerials(b, a)) {
			t.Fatalf("%q and %q are not antisymmetric", a, b)
		}
		if (CompareSerials(a, b) == 0) != (a == b) {
			t.Fatalf("%q and %q are equal, or one is not equal to itself", a, b)
		}
		s := []string{a, b, c}
		slices.SortFunc(s, CompareSerials)
		if CompareSerials(s[0], s[2]) > 0 {
			t.Fatalf("%q is not transitive", s)
		}
	})
}

func sign(n int) int { return min(max(n, -1), 1) }
