package load

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// references names a variable of the environment for each secret that these items may have: KIND_ID_FIELD,
// by item and pointer. Where that is the name of two, all but the first get a number.
func references(kinds map[string]schema.Kind, items []Found) map[string]string {
	wanted := map[string]string{}
	for _, item := range items {
		for _, pointer := range kinds[item.Kind].Secrets {
			wanted[item.String()+pointer] = variable(item.Kind + "_" + item.ID + strings.ReplaceAll(pointer, "/", "_"))
		}
	}
	taken := map[string]bool{}
	for _, secret := range slices.SortedFunc(maps.Keys(wanted), schema.CompareSerials) {
		name := wanted[secret]
		for n := 2; taken[name]; n++ {
			name = wanted[secret] + "_" + strconv.Itoa(n)
		}
		taken[name] = true
		wanted[secret] = "env:" + name
	}
	return wanted
}

// variable is a text as the name of a variable of the environment. A kind's name begins with a letter.
func variable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, text)
}
