package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// plan prints a plan: each change once, under the peers that get it, then what needs attention, then
// the footer.
func (u *ui) plan(c loaded, p plan.Plan, concise bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %s\n", paint(u.outColor, bold, c.Name), revision(c.revision, c.subject))
	for _, block := range u.blocks(p, concise) {
		fmt.Fprintf(&b, "\n%s\n%s", paint(u.outColor, bold, heading(block.peers, allPeers(p))), block.text.String())
	}
	if p.TwoWay {
		b.WriteString("\nThere is no state: this comparison is two-way, and cannot tell drift from changes in Git.\n")
	}
	b.WriteString("\n" + footer(p) + "\n")
	_, err := u.out.Write([]byte(b.String()))
	return err
}

func revision(revision, subject string) string {
	if subject == "" {
		return revision
	}
	return revision[:min(12, len(revision))] + " (" + printable(subject) + ")"
}

func named(serial, alias string) string {
	if alias == "" {
		return serial
	}
	return serial + " " + printable(alias)
}

func (u *ui) peer(p plan.Peer, concise bool) []string {
	var lines []string
	if p.Suspended != "" {
		lines = append(lines, "  suspended: "+printable(p.Suspended)+"\n")
	}
	for _, problem := range p.Problems {
		lines = append(lines, fmt.Sprintf("  %s %s\n", paint(u.outColor, red, "!"), printable(problem)))
	}
	for _, change := range p.Changes {
		line := u.change(change)
		if !concise {
			line += u.fields(change)
		}
		lines = append(lines, line)
	}
	return lines
}

func (u *ui) change(c plan.Change) string {
	color := map[plan.Action]string{plan.Create: green, plan.Update: yellow, plan.Replace: red, plan.Delete: red}[c.Action]
	line := fmt.Sprintf("  %s %s  %s", paint(u.outColor, color, c.Action.Symbol()), printable(c.Key.String()), paint(u.outColor, faint, c.Reason.String()))
	if c.Held {
		line += paint(u.outColor, red, "  HELD")
	}
	return line + "\n" + obstacles(c)
}

// obstacles is what keeps a change that no consent lifts, a line each.
func obstacles(c plan.Change) string {
	var b strings.Builder
	for _, obstacle := range c.Obstacles() {
		fmt.Fprintf(&b, "      %s\n", printable(obstacle))
	}
	return b.String()
}

func (u *ui) fields(c plan.Change) string {
	var b strings.Builder
	for _, f := range c.Fields {
		fmt.Fprintf(&b, "      %s: %s", printable(schema.JoinPath(f.Path)), values(c.Action, f))
		if f.Reason != c.Reason {
			fmt.Fprintf(&b, "  %s", paint(u.outColor, faint, f.Reason.String()))
		}
		b.WriteString("\n")
	}
	if c.Unchanged > 0 {
		fmt.Fprintf(&b, "      %s\n", paint(u.outColor, faint, fmt.Sprintf("(%s hidden)", count(c.Unchanged, "unchanged field"))))
	}
	return b.String()
}

func values(action plan.Action, f plan.Field) string {
	switch {
	case f.Secret && action == plan.Create:
		return "(secret)"
	case f.Secret:
		return "(secret) -> (secret, changed)"
	case action == plan.Create:
		return show(f.New)
	case action == plan.Delete:
		return show(f.Old)
	default:
		return show(f.Old) + " -> " + show(f.New)
	}
}

// widest is how much of a value is shown.
const widest = 100

func show(value any) string {
	if value == nil {
		return "(absent)"
	}
	if text, ok := value.(string); ok {
		return shorten(strconv.Quote(text))
	}
	data, err := json.Marshal(value)
	if err != nil {
		return "(unprintable)"
	}
	return shorten(printable(string(data)))
}

func shorten(text string) string {
	runes := []rune(text)
	if len(runes) <= widest {
		return text
	}
	return string(runes[:widest]) + fmt.Sprintf("... (%d more characters)", len(runes)-widest)
}

func footer(p plan.Plan) string {
	s := p.Summary()
	var lines []string
	switch {
	case s.Changes() > 0:
		lines = append(lines, "Plan: "+totals(s)+".")
	case s.Unreadable == 0 && p.Targeted != nil:
		lines = append(lines, "No changes of what this run is about.")
	case s.Unreadable == 0:
		peers, items := inSync(p)
		lines = append(lines, fmt.Sprintf("No changes. %s what Git wants (%s).", verb(peers, "peer holds", "peers hold"), count(items, "item")))
	default:
		lines = append(lines, "No changes on the peers that could be read.")
	}
	lines = append(lines, held(p)...)
	lines = append(lines, losses(p)...)
	lines = append(lines, guarded(p)...)
	lines = append(lines, leftOut(p.Targeted)...)
	if s.Unreadable > 0 {
		lines = append(lines, fmt.Sprintf("%s could not be read; nothing is planned for what is not known.", count(s.Unreadable, "peer")))
	}
	return strings.Join(lines, "\n")
}

// totals are the numbers of a plan's changes. Replacements are rare, and named only where there are some.
func totals(s plan.Summary) string {
	if s.Replace == 0 {
		return fmt.Sprintf("%d to add, %d to change, %d to delete", s.Create, s.Update, s.Delete)
	}
	return fmt.Sprintf("%d to add, %d to change, %d to replace, %d to delete", s.Create, s.Update, s.Replace, s.Delete)
}

// inSync counts the peers that were compared, and the items on them that are as they should be.
func inSync(p plan.Plan) (peers, items int) {
	for _, peer := range p.Peers {
		if peer.Suspended == "" {
			peers++
		}
		items += peer.InSync
	}
	return peers, items
}

// planJSON prints a plan for machines.
func (u *ui) planJSON(p plan.Plan) error {
	return u.json(struct {
		plan.Plan
		Summary plan.Summary `json:"summary"`
	}{p, p.Summary()})
}
