package schema

import (
	"slices"
	"strings"
)

// Nearest returns the name that was most likely meant by one that is none of them, or "" if none is
// near: no more than a third of its letters are wrong, two that changed places counting as one.
func Nearest(name string, among []string) string {
	nearest, least := "", min(max(1, len(name)/3), len(name)-1)+1
	for _, candidate := range slices.Sorted(slices.Values(among)) {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < least {
			nearest, least = candidate, d
		}
	}
	return nearest
}

// distance is how many letters must be put in, left out, replaced or swapped with the next one to turn
// a into b (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			rows[i][j] = cost(rows, a, b, i, j)
		}
	}
	return rows[len(a)][len(b)]
}

func cost(rows [][]int, a, b string, i, j int) int {
	if i == 0 || j == 0 {
		return i + j
	}
	replaced := rows[i-1][j-1]
	if a[i-1] != b[j-1] {
		replaced++
	}
	least := min(rows[i-1][j]+1, rows[i][j-1]+1, replaced)
	if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
		least = min(least, rows[i-2][j-2]+1)
	}
	return least
}
