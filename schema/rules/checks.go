package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

func problem(rule Rule, path []string, format string, args []any) schema.Problem {
	return schema.Problem{Rule: rule.ID, Path: path, Message: fmt.Sprintf(format, args...)}
}

// nameForm draws the lines where #Serial and #Name do.
func nameForm(c *schema.Cluster, report report) {
	serial := regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`)
	name := regexp.MustCompile(`^[a-z][a-zA-Z0-9-]*$`)
	for s := range c.Peers {
		if !serial.MatchString(s) {
			report([]string{"cluster", "peers", s}, "%q is no serial: it is of letters, digits and, between them, dashes; as in 1001 or HC-2", s)
		}
	}
	for n := range c.Groups {
		if !name.MatchString(n) {
			report([]string{"cluster", "groups", n}, "%q is no name of a group: it is a letter a-z, then letters, digits or dashes", n)
		}
	}
}

func peerGroupExists(c *schema.Cluster, report report) {
	for serial, peer := range c.Peers {
		if _, ok := c.Groups[peer.Group]; peer.Group != "" && !ok {
			report([]string{"cluster", "peers", serial, "group"},
				"group %q is not declared; add groups: %s: {}, or name one of: %s", peer.Group, peer.Group, list(c.Groups))
		}
	}
}

func peerAddressCallable(c *schema.Cluster, report report) {
	for serial, peer := range c.Peers {
		if _, err := c.Provider.URL(peer.Address); peer.Address != "" && err != nil {
			report([]string{"cluster", "peers", serial, "address"}, "%v", err)
		}
	}
}

func peerAddressUnique(c *schema.Cluster, report report) {
	first := map[string]string{}
	for _, serial := range c.Serials() {
		u, err := c.Provider.URL(c.Peers[serial].Address)
		if err != nil {
			continue // peer-address-callable says so
		}
		at := u.Scheme + "://" + u.Host
		if other, taken := first[at]; taken {
			report([]string{"cluster", "peers", serial, "address"},
				"%s is the address of peer %s too; each peer needs its own", at, other)
			continue
		}
		first[at] = serial
	}
}

func peerSerialUnique(c *schema.Cluster, report report) {
	first := map[string]string{}
	for _, serial := range c.Serials() {
		folded := strings.ToLower(serial)
		if other, taken := first[folded]; taken {
			report([]string{"cluster", "peers", serial},
				"serials %s and %s differ only in letter case; people will mix them up: rename one", other, serial)
			continue
		}
		first[folded] = serial
	}
}

func shareNeeds(c *schema.Cluster, report report) {
	for serial, peer := range c.Peers {
		for class, shared := range peer.Share {
			for _, needs := range c.Provider.Classes[class].Needs {
				if _, known := c.Provider.Classes[needs]; shared && known && !peer.Share[needs] {
					report([]string{"cluster", "peers", serial, "share", needs},
						"%s is shared but %s, which it needs, is not; share %s too, or set %s: false", class, needs, needs, class)
				}
			}
		}
	}
}

func itemKindExists(c *schema.Cluster, report report) {
	eachChanges(c, func(path []string, items schema.Items) {
		for kind := range items {
			if _, ok := c.Provider.Kinds[kind]; !ok {
				report(append(slices.Clone(path), kind), "%s has no kind %q; its kinds are: %s", c.Provider.Name, kind, list(c.Provider.Kinds))
			}
		}
	})
}

func itemSecretReference(c *schema.Cluster, report report) {
	eachChanges(c, func(path []string, items schema.Items) {
		for kind, bodies := range items {
			for _, pointer := range c.Provider.Kinds[kind].Secrets {
				for id, body := range bodies {
					checkReference(append(slices.Clone(path), kind, id), pointer, body, report)
				}
			}
		}
	})
}

func checkReference(path []string, pointer string, body schema.Body, report report) {
	value, ok := schema.Lookup(map[string]any(body), pointer)
	text, isText := value.(string)
	if !ok || value == nil || isText && schema.IsReference(text) {
		return
	}
	report(append(path, schema.SplitPointer(pointer)...),
		"a secret is written as a reference, env:NAME or file:PATH; never put the secret itself into Git")
}

// eachChanges calls do with every scope's items: the cluster's, each group's and each peer's.
func eachChanges(c *schema.Cluster, do func(path []string, items schema.Items)) {
	do([]string{"cluster", "items"}, c.Items)
	for name, group := range c.Groups {
		do([]string{"cluster", "groups", name, "items"}, group.Items)
	}
	for serial, peer := range c.Peers {
		do([]string{"cluster", "peers", serial, "items"}, peer.Items)
	}
}

func list[V any](m map[string]V) string {
	if len(m) == 0 {
		return "(none)"
	}
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}
