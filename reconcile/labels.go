package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// label is one thing that must be true of a peer's labels.
type label struct {
	key, value string
	any        bool // whatever the value
	not        bool
}

func (l label) matches(labels map[string]string) bool {
	value, has := labels[l.key]
	return (has && (l.any || value == l.value)) != l.not
}

func parseLabels(text string, c *schema.Cluster) ([]label, error) {
	var all []label
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		l, err := parseLabel(strings.TrimSpace(part))
		if err == nil {
			err = known(l.key, c)
		}
		if err != nil {
			return nil, fmt.Errorf("--selector %s: %w", text, err)
		}
		all = append(all, l)
	}
	return all, nil
}

func parseLabel(text string) (label, error) {
	key, value, equals := strings.Cut(text, "=")
	l := label{value: value, any: !equals}
	if equals {
		l.key, l.not = strings.CutSuffix(key, "!")
	} else {
		l.key, l.not = strings.CutPrefix(key, "!")
	}
	if l.key == "" || strings.ContainsAny(l.key+value, "!=") {
		return l, errors.New("want KEY=VALUE, KEY!=VALUE, KEY or !KEY, with commas between")
	}
	return l, nil
}

func known(key string, c *schema.Cluster) error {
	var keys []string
	for _, peer := range c.Peers {
		for k := range peer.Labels {
			keys = append(keys, k)
		}
	}
	if slices.Contains(keys, key) {
		return nil
	}
	return fmt.Errorf("no peer has a label %s%s", key, near(key, keys))
}
