package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// sections are all that is written: each kind at cluster scope, then each peer that differs.
func (d *dump) sections() []load.Section {
	byFile := d.byFile()
	var all []load.Section
	for _, name := range slices.SortedFunc(maps.Keys(byFile), compareFiles) {
		all = append(all, byFile[name])
	}
	return all
}

// files are the sections, each in a file of its own. Those of kinds hold literal items and nothing else, so
// that they are evaluated apart.
func (d *dump) files() ([]load.Edit, error) {
	byFile := d.byFile()
	var files []load.Edit
	for _, name := range slices.SortedFunc(maps.Keys(byFile), compareFiles) {
		data, err := load.Write(d.pkg, []load.Section{byFile[name]})
		if err != nil {
			return nil, err
		}
		files = append(files, load.Edit{Name: name, Data: data})
	}
	return files, nil
}

const ofPeer = "peer-"

// compareFiles puts the files of kinds before those of peers.
func compareFiles(a, b string) int {
	peerA, peerB := strings.HasPrefix(a, ofPeer), strings.HasPrefix(b, ofPeer)
	if peerA != peerB {
		if peerA {
			return 1
		}
		return -1
	}
	return schema.CompareSerials(strings.TrimSuffix(a, ".cue"), strings.TrimSuffix(b, ".cue"))
}

func (d *dump) byFile() map[string]load.Section {
	deal, refused := d.deal(), d.refused()
	all := map[string]load.Section{}
	for kind := range d.cluster.Provider.Kinds {
		if len(deal.Items[kind])+len(refused[kind]) > 0 {
			all[kind+".cue"] = load.Section{
				Path: []string{"cluster", "items"}, Items: only(deal.Items, kind), About: d.about(kind), After: refused[kind],
			}
		}
	}
	for serial, items := range deal.Peers {
		if len(items) > 0 {
			all[ofPeer+serial+".cue"] = load.Section{
				Path: []string{"cluster", "peers", serial, "items"}, Items: items,
				About: []string{"What " + serial + " has otherwise than the other peers."},
			}
		}
	}
	return all
}

func only(items schema.Items, kind string) schema.Items {
	if len(items[kind]) == 0 {
		return nil
	}
	return schema.Items{kind: items[kind]}
}

// about says above the items of a kind what is not in them.
func (d *dump) about(kind string) []string {
	var lines []string
	if dropped := d.dropped()[kind]; len(dropped) > 0 {
		lines = append(lines, "Left out, since the vocabulary does not have it: "+strings.Join(slices.Sorted(maps.Keys(dropped)), ", ")+".")
	}
	if hidden := d.hidden()[kind]; hidden > 0 {
		lines = append(lines, fmt.Sprintf("Secrets that the server does not show stay as they are there: %s of %s.",
			firstOf(d.cluster.Provider.Kinds[kind].Secrets), count(hidden, "item")))
	}
	return lines
}

// firstOf names a few.
func firstOf(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// refused are comments on the items that cannot be written, by kind.
func (d *dump) refused() map[string][]string {
	lines := map[string][]string{}
	for _, h := range d.holders {
		if problem := d.fitted[h].Problem; problem != "" {
			lines[h.Kind] = append(lines[h.Kind], fmt.Sprintf("Not written: %s of %s: %s", h.Key, h.serial, problem))
		}
	}
	return lines
}

// dropped counts, by kind, the items in which each field was dropped.
func (d *dump) dropped() map[string]map[string]int {
	fields := map[string]map[string]int{}
	for h, f := range d.fitted {
		for _, pointer := range f.Dropped {
			if fields[h.Kind] == nil {
				fields[h.Kind] = map[string]int{}
			}
			fields[h.Kind][pointer]++
		}
	}
	return fields
}

// hidden counts, by kind, the items that may have secrets and have no reference.
func (d *dump) hidden() map[string]int {
	items := map[string]int{}
	for h, f := range d.fitted {
		if f.Problem == "" && len(f.Secrets) < len(d.cluster.Provider.Kinds[h.Kind].Secrets) {
			items[h.Kind]++
		}
	}
	return items
}

// provided are the references that stand in what is written, each with its items.
func (d *dump) provided() map[string]schema.Key {
	references := map[string]schema.Key{}
	for h, f := range d.fitted {
		for _, reference := range f.Secrets {
			if f.Problem == "" {
				references[reference] = h.Key
			}
		}
	}
	return references
}

// partly tells whether something is missing in what is written.
func (d *dump) partly() bool {
	missing := len(d.refused())+len(d.emptied()) > 0
	for _, s := range d.surveyed {
		missing = missing || len(s.Problems) > 0
	}
	return missing
}
