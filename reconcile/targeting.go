package reconcile

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Targeting is what a run is about; the zero value is everything. Target and Exclude are patterns: PEER,
// KIND, KIND/ID, PEER:KIND or PEER:KIND/ID, with * for any text. What is excluded is not targeted.
type Targeting struct {
	Target  []string
	Exclude []string
	Labels  string // of the peers: KEY=VALUE, KEY!=VALUE, KEY or !KEY, with commas between, all of which must be true

	// What the program narrows a run to by itself, by serial: only these items, if any are given, and not those.
	Only, Not map[string]map[schema.Key]bool `json:"-"`
}

// scope is a Targeting that has been read.
type scope struct {
	Targeting
	targets, excludes []pattern
	labels            []label
}

// scope reads the patterns. One that can match nothing is an error: whoever gives it means something else.
func (t Targeting) scope(c *schema.Cluster) (*scope, error) {
	if len(t.Target)+len(t.Exclude)+len(t.Only)+len(t.Not) == 0 && t.Labels == "" {
		return nil, nil
	}
	s := &scope{Targeting: t}
	var err error
	if s.targets, err = patterns("--target", t.Target, c); err != nil {
		return nil, err
	}
	if s.excludes, err = patterns("--exclude", t.Exclude, c); err != nil {
		return nil, err
	}
	if s.labels, err = parseLabels(t.Labels, c); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(c.Serials(), func(serial string) bool { return s.looksAt(c, serial) }) {
		return nil, errors.New("there is nothing to do: --target, --exclude and --selector together leave every peer out")
	}
	return s, nil
}

// looksAt tells whether the run is about anything on a peer.
func (s *scope) looksAt(c *schema.Cluster, serial string) bool {
	if s == nil {
		return true
	}
	for _, l := range s.labels {
		if !l.matches(c.Peers[serial].Labels) {
			return false
		}
	}
	if _, only := s.Only[serial]; len(s.Only) > 0 && !only {
		return false
	}
	targeted := len(s.targets) == 0 || slices.ContainsFunc(s.targets, func(p pattern) bool { return p.peer.MatchString(serial) })
	return targeted && !slices.ContainsFunc(s.excludes, func(p pattern) bool { return p.whole && p.peer.MatchString(serial) })
}

// about tells of the items of a peer whether the run is about them; nil: about all.
func (s *scope) about(serial string) func(schema.Key) bool {
	if s == nil {
		return nil
	}
	return func(key schema.Key) bool {
		if len(s.Only) > 0 && !s.Only[serial][key] || s.Not[serial][key] {
			return false
		}
		matches := func(p pattern) bool { return p.matches(serial, key) }
		return (len(s.targets) == 0 || slices.ContainsFunc(s.targets, matches)) && !slices.ContainsFunc(s.excludes, matches)
	}
}

// leftOut says what a plan is not about.
func (s *scope) leftOut(c *schema.Cluster, peers []plan.Peer) *plan.Targeted {
	if s == nil {
		return nil
	}
	t := &plan.Targeted{Target: s.Target, Exclude: s.Exclude, Labels: s.Labels, Peers: len(c.Peers) - len(peers)}
	for _, p := range peers {
		t.Changes += p.LeftOut
	}
	return t
}

// pattern is one --target or --exclude.
type pattern struct {
	flag, text string
	item       string // KIND/ID
	peer, kind *regexp.Regexp
	id         *regexp.Regexp // nil: any
	whole      bool           // of a peer, everything
}

func (p pattern) matches(serial string, key schema.Key) bool {
	return p.peer.MatchString(serial) && p.kind.MatchString(key.Kind) && (p.id == nil || p.id.MatchString(key.ID))
}

func patterns(flag string, texts []string, c *schema.Cluster) ([]pattern, error) {
	var all []pattern
	for _, text := range texts {
		p, err := parsePattern(text, c)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", flag, text, err)
		}
		p.flag, p.text = flag, text
		all = append(all, p)
	}
	return all, nil
}

func parsePattern(text string, c *schema.Cluster) (pattern, error) {
	head, id, hasID := strings.Cut(text, "/")
	peer, kind, scoped := strings.Cut(head, ":")
	switch {
	case head == "", scoped && (peer == "" || kind == ""), hasID && id == "":
		return pattern{}, errors.New("want PEER, KIND, KIND/ID, PEER:KIND or PEER:KIND/ID, with * for any text")
	case !scoped && !hasID:
		return parseWord(head, c)
	case !scoped:
		peer, kind = "*", head
	}
	p := pattern{peer: matcher(peer), kind: matcher(kind)}
	if hasID {
		p.id, p.item = matcher(id), kind+"/"+id
	}
	return p, p.known(peer, kind, c)
}

// known refuses a peer or a kind that there is not.
func (p pattern) known(peer, kind string, c *schema.Cluster) error {
	if !slices.ContainsFunc(c.Serials(), p.peer.MatchString) {
		return fmt.Errorf("there is no peer %s%s", peer, near(peer, c.Serials()))
	}
	if !slices.ContainsFunc(kinds(c), p.kind.MatchString) {
		return fmt.Errorf("there is no kind %s; the kinds are %s", kind, strings.Join(kinds(c), ", "))
	}
	return nil
}

// parseWord reads what is either a peer or a kind.
func parseWord(word string, c *schema.Cluster) (pattern, error) {
	glob, every := matcher(word), matcher("*")
	aPeer, aKind := slices.ContainsFunc(c.Serials(), glob.MatchString), slices.ContainsFunc(kinds(c), glob.MatchString)
	switch {
	case aPeer && aKind && word != "*":
		return pattern{}, fmt.Errorf("it may be a peer or a kind: write %s:* for the peer, *:%s for the kind", word, word)
	case aPeer:
		return pattern{peer: glob, kind: every, whole: true}, nil
	case aKind:
		return pattern{peer: every, kind: glob}, nil
	}
	return pattern{}, fmt.Errorf("there is no such peer, and no such kind%s", near(word, append(c.Serials(), kinds(c)...)))
}

// unread narrows what is to be forgotten of a peer that is not read.
func (s *scope) unread(p planned) planned {
	if about := s.about(p.plan.Serial); about != nil {
		p.plan.Forget = slices.DeleteFunc(p.plan.Forget, func(key schema.Key) bool { return !about(key) })
	}
	return p
}
