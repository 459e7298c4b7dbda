package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// plan prints a plan: each change once, under the peers that get it, then what needs attention, then
// the footer.
func (u *ui) plan(c loaded, p plan.Plan, concise bool) error {
	var b strings.Builder
	b.WriteString(u.head(c, p))
	for _, block := range u.blocks(p, concise) {
		fmt.Fprintf(&b, "\n%s\n%s", paint(u.outColor, bold, heading(block.peers, allPeers(p))), block)
	}
	if p.TwoWay {
		b.WriteString("\nThere is no state: this comparison is two-way, and cannot tell drift from changes in Git.\n")
	}
	b.WriteString("\n" + footer(p) + "\n")
	return u.print(b.String())
}

// head says where the peers are to be led.
func (u *ui) head(c loaded, p plan.Plan) string {
	name := paint(u.outColor, bold, c.Name)
	if p.Rollback != "" {
		return fmt.Sprintf("%s back to %s\n", name, printable(p.Rollback))
	}
	return fmt.Sprintf("%s at %s\n", name, revision(c.revision, c.subject))
}

func revision(revision, subject string) string {
	if subject == "" {
		return revision
	}
	return revision[:min(12, len(revision))] + " (" + oneLine(subject) + ")"
}

func named(serial, alias string) string {
	if alias == "" {
		return serial
	}
	return serial + " " + short(alias)
}

// peer returns what is said about a peer, in order.
func (u *ui) peer(p plan.Peer, concise bool) []entry {
	var all []entry
	say := func(text string) { all = append(all, entry{text: "  " + text + "\n"}) }
	if p.Suspended != "" {
		say("suspended: " + oneLine(p.Suspended))
	}
	for _, note := range p.Notes {
		say("note: " + oneLine(note))
	}
	for _, problem := range p.Problems {
		say(paint(u.outColor, red, "!") + " " + oneLine(problem))
	}
	for _, warning := range p.Warnings {
		say(paint(u.outColor, yellow, "warning:") + " " + oneLine(warning))
	}
	for _, change := range p.Changes {
		text := u.change(change)
		if !concise {
			text += u.fields(change)
		}
		all = append(all, entry{text: text, key: change.Key, action: change.Action, grave: grave(change)})
	}
	return all
}

func (u *ui) change(c plan.Change) string {
	color := map[plan.Action]string{plan.Create: green, plan.Update: yellow, plan.Replace: red, plan.Delete: red}[c.Action]
	line := fmt.Sprintf("  %s %s  %s", paint(u.outColor, color, c.Action.Symbol()), itemName(c.Key), paint(u.outColor, faint, c.Reason.String()))
	if c.Held {
		line += paint(u.outColor, red, "  HELD")
	}
	return line + "\n" + obstacles(c)
}

// obstacles is what keeps a change that no consent lifts, and who rolled it back, a line each.
func obstacles(c plan.Change) string {
	var b strings.Builder
	if by := c.RolledBack(); by != "" {
		fmt.Fprintf(&b, "      %s\n", printable(by))
	}
	for _, obstacle := range c.Obstacles() {
		fmt.Fprintf(&b, "      %s\n", oneLine(obstacle))
	}
	return b.String()
}

func (u *ui) fields(c plan.Change) string {
	var b strings.Builder
	shown := c.Fields
	if len(shown) > mostFields && !u.full {
		shown = shown[:mostFields]
	}
	for _, f := range shown {
		fmt.Fprintf(&b, "      %s: %s", short(schema.JoinPath(f.Path)), values(c.Action, f))
		if f.Reason != c.Reason {
			fmt.Fprintf(&b, "  %s", paint(u.outColor, faint, f.Reason.String()))
		}
		b.WriteString("\n")
	}
	if n := len(c.Fields) - len(shown); n > 0 {
		fmt.Fprintf(&b, "      ... and %s (--full shows all)\n", count(n, "more field"))
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
		return shorten(diagnostics.Disarmed(strconv.Quote(text)))
	}
	data, err := diagnostics.JSONLine(value)
	if err != nil {
		return "(unprintable)"
	}
	return shorten(diagnostics.Disarmed(strings.TrimSuffix(string(data), "\n")))
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
		wanted := "what Git wants"
		if p.Rollback != "" {
			wanted = "what was there then"
		}
		lines = append(lines, fmt.Sprintf("No changes. %s %s (%s).", verb(peers, "peer holds", "peers hold"), wanted, count(items, "item")))
	default:
		lines = append(lines, "No changes on the peers that could be read.")
	}
	lines = append(lines, held(p)...)
	lines = append(lines, losses(p)...)
	lines = append(lines, guarded(p)...)
	lines = append(lines, leftOut(p.Targeted)...)
	if s.Unreadable > 0 {
		lines = append(lines, fmt.Sprintf("%s could not be read; nothing is planned for what is not known.", count(s.Unreadable, "peer")),
			"See to the server, or to its address and credentials, and run this again.")
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
