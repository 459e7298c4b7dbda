package reconcile

import (
	"slices"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// Status is what became of a change.
type Status string

// The statuses.
const (
	Applied      Status = "applied"       // written, and seen there when read back
	Failed       Status = "failed"        // tried, and not there, or not known to be
	Held         Status = "held"          // not tried: it needs consent
	NotAttempted Status = "not-attempted" // not tried: the run was stopped, or what it needs is not there
)

// Result is a change and what became of it.
type Result struct {
	Change plan.Change `json:"change"`
	Status Status      `json:"status"`
	Error  string      `json:"error,omitempty"` // why it failed, or was not attempted
}

// PeerReport is what became of the changes of one peer.
type PeerReport struct {
	Serial  string   `json:"serial"`
	Alias   string   `json:"alias,omitempty"`
	Results []Result `json:"results"`
	InSync  int      `json:"inSync"`
	Problem string   `json:"problem,omitempty"` // what kept the peer from being read or written
	Notes   []string `json:"notes,omitempty"`   // what a rollback did not put back
}

// Report is what became of a plan. There is one of every run, also of one that was stopped.
type Report struct {
	Version     int          `json:"version"` // of this format
	Cluster     string       `json:"cluster"`
	Revision    string       `json:"revision"`
	Started     time.Time    `json:"started"`
	Ended       time.Time    `json:"ended"`
	Interrupted bool         `json:"interrupted,omitempty"`
	TakeOver    []string     `json:"takeOver,omitempty"` // consents that were given, as they were given
	Replace     []string     `json:"replace,omitempty"`
	Rollback    string       `json:"rollback,omitempty"` // the run or snapshot that was rolled back to
	Peers       []PeerReport `json:"peers"`

	Overrides *Overrides     `json:"overrides,omitempty"` // of guards, with who gave them and why
	Refusals  []plan.Refusal `json:"refusals,omitempty"`  // of guards
	Targeted  *plan.Targeted `json:"targeted,omitempty"`  // nil: the run was about everything
}

// Counts is a report in numbers.
type Counts struct {
	Applied      int `json:"applied"`
	Failed       int `json:"failed"`
	Held         int `json:"held"`
	Conflicts    int `json:"conflicts"` // among the held
	NotAttempted int `json:"notAttempted"`
	Problems     int `json:"problems"` // peers with one
}

// Counts counts.
func (r Report) Counts() Counts {
	var c Counts
	for _, peer := range r.Peers {
		if peer.Problem != "" {
			c.Problems++
		}
		for _, result := range peer.Results {
			c.add(result)
		}
	}
	return c
}

func (c *Counts) add(r Result) {
	switch r.Status {
	case Applied:
		c.Applied++
	case Failed:
		c.Failed++
	case NotAttempted:
		c.NotAttempted++
	case Held:
		c.Held++
		if r.Change.Conflicts() {
			c.Conflicts++
		}
	}
}

// results returns a result for each change, in the order of the plan.
func (run *peerRun) results() []Result {
	results := []Result{}
	for _, change := range run.plan.Changes {
		result, tried := run.byKey[change.Key]
		if !tried {
			result = Result{Change: change, Status: NotAttempted}
			if change.Held {
				result.Status = Held
			}
		}
		results = append(results, result)
	}
	return results
}

// problem says all that kept the peer from being read or written.
func (run *peerRun) problem(err error) string {
	problems := slices.Clone(run.plan.Problems)
	if err != nil {
		problems = append(problems, err.Error())
	}
	if run.lost() {
		problems = append(problems, "it stopped answering; what it was sent last may or may not be there: apply again when it is back")
	}
	return strings.Join(problems, "; ")
}
