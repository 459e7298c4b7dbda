package rules

import (
	"regexp"

	"github.com/gitops-reconciler/reconciler/schema"
)

func itemRules() []Rule {
	return []Rule{
		{"item-id", "An id is one that the product keeps as it is.", "write it as the product does", "", itemID},
		{"item-kind-exists", "An item's kind is one that the provider has.", "write a kind that the provider has", "", itemKindExists},
		{"item-secret-reference", "A secret in an item is a reference, never the secret itself.", "write env:NAME or file:PATH, and change the secret if it was ever in Git", "", itemSecretReference},
		{"item-cron", "A calendar in an item comes up some day.", "write five fields (minute hour day month weekday) that some day matches", "", itemCron},
		{"item-uniform", "What must be the same everywhere is declared once.", "declare it at the wider scope", "EKT-11, EKT-17, MSS-12", itemUniform},
		{"item-uniform-shared", "What must be the same everywhere is shared with all, and left to nobody.", "share it with all, and do not leave it", "EKT-11, EKT-17, MSS-12", itemUniformShared},
	}
}

func itemKindExists(c *schema.Cluster, report report) {
	eachChanges(c, func(path []string, items schema.Items) {
		for kind := range items {
			if !has(c.Provider.Kinds, kind) {
				report(below(path, kind), "%s has no kind %q; its kinds are: %s", c.Provider.Name, kind, list(c.Provider.Kinds))
			}
		}
	})
}

func itemID(c *schema.Cluster, report report) {
	eachChanges(c, func(path []string, items schema.Items) {
		for kind, bodies := range items {
			ids := c.Provider.Kinds[kind].IDs
			if ids == nil {
				continue
			}
			for id := range bodies {
				if ok, err := regexp.MatchString(ids.Match, id); err != nil || !ok {
					report(below(path, kind, id), "%q is not %s", id, ids.Want)
				}
			}
		}
	})
}

func itemSecretReference(c *schema.Cluster, report report) {
	eachChanges(c, func(path []string, items schema.Items) {
		for kind, bodies := range items {
			for _, pointer := range c.Provider.Kinds[kind].Secrets {
				for id, body := range bodies {
					checkReference(below(path, kind, id), pointer, body, report)
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
	report(below(path, schema.SplitPointer(pointer)...), "this is not a reference to a secret")
}

func itemCron(c *schema.Cluster, report report) {
	eachChanges(c, func(path []string, items schema.Items) {
		for kind, bodies := range items {
			for _, pointer := range c.Provider.Kinds[kind].Crons {
				for id, body := range bodies {
					value, _ := schema.Lookup(map[string]any(body), pointer)
					if text, ok := value.(string); ok && Comes(text) != nil {
						report(below(below(path, kind, id), schema.SplitPointer(pointer)...), "%q: %v", text, Comes(text))
					}
				}
			}
		}
	})
}

func itemUniform(c *schema.Cluster, report report) {
	eachChanges(c, func(at []string, items schema.Items) {
		for kind, bodies := range items {
			uniform := c.Provider.Kinds[kind].Uniform
			for id := range bodies {
				switch {
				case uniform == true && at[1] != "items":
					report(below(at, kind, id), "%s must be the same %s", kind, where(uniform)).
						see(path("items", kind, id), "it is declared for every peer here")
				case uniform == "group" && at[1] == "peers":
					report(below(at, kind, id), "%s must be the same %s", kind, where(uniform)).
						see(path("groups", c.Peers[at[2]].Group, "items", kind, id), "it is declared for the whole group here")
				}
			}
		}
	})
}

// itemUniformShared looks at peers that would not get what must be the same everywhere, or in their group.
func itemUniformShared(c *schema.Cluster, report report) {
	for kind, k := range c.Provider.Kinds {
		for serial, peer := range c.Peers {
			if !uniformFor(c, kind, peer.Group) {
				continue
			}
			if !peer.Shares(k.Class) || k.Uniform == true && peer.Share[k.Class] != schema.WithAll {
				report(path("peers", serial, "share", k.Class), "%s must be the same %s, and this peer does not share it", kind, where(k.Uniform))
			}
			if has(peer.Leave, kind) {
				report(path("peers", serial, "leave", kind), "%s must be the same %s, and it is left to this peer", kind, where(k.Uniform))
			}
		}
		leftToGroups(c, kind, report)
	}
}

func leftToGroups(c *schema.Cluster, kind string, report report) {
	uniform := c.Provider.Kinds[kind].Uniform
	for name, group := range c.Groups {
		if uniform == true && len(c.Items[kind]) > 0 && has(group.Leave, kind) {
			report(path("groups", name, "leave", kind), "%s must be the same %s, and it is left to the peers of this group", kind, where(uniform))
		}
	}
}

// where is the scope in which a kind is the same.
func where(uniform any) string {
	if uniform == "group" {
		return "in the whole group"
	}
	return "on every peer"
}

// uniformFor tells whether the peers of a group have items of a kind that must be the same. Where those are
// declared further down than they may be, that is what is wrong.
func uniformFor(c *schema.Cluster, kind, group string) bool {
	uniform, all := c.Provider.Kinds[kind].Uniform, len(c.Items[kind]) > 0
	return uniform == true && all || uniform == "group" && (all || len(c.Groups[group].Items[kind]) > 0)
}
