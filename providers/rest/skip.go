package rest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// skipped are items with a field like this.
type skipped struct {
	at      pointer
	pattern *regexp.Regexp
}

func (k kind) skips(element any) bool {
	for _, s := range k.skip {
		if value, there := s.at.at(element); there && s.pattern.MatchString(fmt.Sprint(value)) {
			return true
		}
	}
	return false
}

// skipping compiles the patterns of what is skipped where somebody signs in as user.
func (k kind) skipping(user string) ([]skipped, error) {
	var all []skipped
	for _, at := range slices.Sorted(maps.Keys(k.Skip)) {
		pattern, err := regexp.Compile(strings.ReplaceAll(k.Skip[at], "{user}", regexp.QuoteMeta(user)))
		if err != nil {
			return nil, fmt.Errorf("skip: %s: %w", at, err)
		}
		all = append(all, skipped{point(at), pattern})
	}
	return all, nil
}

// signedIn returns the definition as it is for whoever signs in as user. For nobody it is that already.
func (d *Definition) signedIn(user string) (*Definition, error) {
	if user == "" {
		return d, nil
	}
	theirs := *d
	theirs.kinds = maps.Clone(d.kinds)
	for name, k := range theirs.kinds {
		var err error
		if k.skip, err = k.skipping(user); err != nil {
			return nil, fmt.Errorf("provider %s: kinds.%s.api: %w", d.provider.Name, name, err)
		}
		theirs.kinds[name] = k
	}
	return &theirs, nil
}
