package adopt

import (
	"strconv"
	"strings"
)

// tooMany tells whether n of all are more than a limit allows, a number or a share such as "30%". All of them
// always are, if there is more than one.
func tooMany(limit any, n, all int) bool {
	if n > 1 && n == all {
		return true
	}
	switch limit := limit.(type) {
	case float64:
		return float64(n) > limit
	case string:
		share, err := strconv.Atoi(strings.TrimSuffix(limit, "%"))
		return err == nil && n > 1 && 100*n > share*all
	}
	return false
}
