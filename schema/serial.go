package schema

import (
	"cmp"
	"strings"
)

// CompareSerials orders serials, ids and other names as people count: runs of digits by their value,
// everything else by its bytes. So two numbers compare as numbers, HC2-A comes before HC10-A, and
// where only leading zeros differ the shorter one is first.
func CompareSerials(a, b string) int {
	restA, restB := a, b
	for restA != "" && restB != "" {
		var partA, partB string
		partA, restA = part(restA)
		partB, restB = part(restB)
		if c := compareParts(partA, partB); c != 0 {
			return c
		}
	}
	return cmp.Or(
		cmp.Compare(len(restA), len(restB)),
		cmp.Compare(len(a), len(b)),
		strings.Compare(a, b),
	)
}

// part cuts the longest run of digits, or of anything but digits, off the front of s.
func part(s string) (string, string) {
	digits := digit(s[0])
	for i := 1; i < len(s); i++ {
		if digit(s[i]) != digits {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

func compareParts(a, b string) int {
	if !digit(a[0]) || !digit(b[0]) {
		return strings.Compare(a, b)
	}
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
