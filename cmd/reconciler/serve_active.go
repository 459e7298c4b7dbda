package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// seatings are who holds what.
type seatings = map[schema.Place]lease.Seating

// activeFile is who holds what, as #Active in the schema says it. What nobody holds is left out.
func activeFile(cluster string, all seatings) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Who holds which role of %s. reconciler serve writes it, and nothing reads it back.\n\n", cluster)
	role := ""
	for _, place := range places(all) {
		seat := all[place]
		if seat.Holder == "" {
			continue
		}
		if place.Role != role {
			b.WriteString(closing(role))
			role = place.Role
			fmt.Fprintf(&b, "cluster: active: %s: places: [\n", quote(role))
		}
		fmt.Fprintf(&b, "\t{holder: %s, epoch: %d, since: %s},\n", quote(seat.Holder), seat.Epoch, quote(stamp(seat.Since)))
	}
	if role == "" {
		b.WriteString("cluster: active: {}\n")
	}
	b.WriteString(closing(role))
	return b.Bytes()
}

// closing ends the places of a role, "" being none.
func closing(role string) string {
	if role == "" {
		return ""
	}
	return "]\n"
}

func places(all seatings) []schema.Place {
	return slices.SortedFunc(maps.Keys(all), schema.Place.Compare)
}

// quote is a text in CUE, which takes JSON's.
func quote(text string) string {
	data, _ := json.Marshal(text) // a string never fails
	return string(data)
}

// activeMessage says what moved and why. Of what was before nil it only says how it is.
func activeMessage(cluster string, before, after seatings) string {
	var lines []string
	for _, place := range places(after) {
		if was, is := before[place], after[place]; before == nil || was.Holder != is.Holder || was.Epoch != is.Epoch {
			lines = append(lines, seatLine(place, was, is, before != nil))
		}
	}
	if len(lines) == 1 {
		return lines[0]
	}
	subject := fmt.Sprintf("%s: %s moved", cluster, count(len(lines), "place"))
	if before == nil || len(lines) == 0 {
		subject = cluster + ": who holds what"
	}
	return strings.Join(append([]string{subject, ""}, lines...), "\n")
}

// seatLine is a place and who holds it, as the log of serve has it.
func seatLine(place schema.Place, was, is lease.Seating, known bool) string {
	from := ""
	if known {
		from = dash(was.Holder) + " -> "
	}
	return fmt.Sprintf("%s: %s%s, epoch %d: %s", place, from, dash(is.Holder), is.Epoch, oneLine(is.Cause))
}
