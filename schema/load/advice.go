package load

import (
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// advice is for who wrote a field that is not there.
type advice struct {
	meant  []string // the fields that may have been meant
	remedy string
}

func (p *placed) insteadOf(name string) advice {
	if advice, given := p.instead[name]; given {
		return advice
	}
	var names []string
	for _, f := range p.allowed() {
		if f.name != name {
			names = append(names, f.name)
		}
	}
	a := advice{meant: likely(name, names)}
	a.remedy = didYouMean(oneOf(each(a.meant, quoted)))
	if len(a.meant) == 0 && len(names) > 0 {
		a.remedy = "allowed are: " + listed(names)
	}
	if p.instead == nil {
		p.instead = map[string]advice{}
	}
	p.instead[name] = a
	return a
}

// likely are the names that may have been meant: the nearest, or else the few that say more or less.
func likely(name string, among []string) []string {
	const few, telling = 3, 3
	if near := schema.Nearest(name, among); near != "" {
		return []string{near}
	}
	var longer []string
	for _, candidate := range among {
		short, long := strings.ToLower(name), strings.ToLower(candidate)
		if len(short) > len(long) {
			short, long = long, short
		}
		if len(short) >= telling && strings.Contains(long, short) {
			longer = append(longer, candidate)
		}
	}
	if len(longer) > few {
		return nil
	}
	return longer
}
