package schema

// Rule is something that must be true of a configuration, for people and programs to look up by the id
// that a problem names.
type Rule struct {
	ID       string   `json:"id"`       // stable
	Sentence string   `json:"sentence"` // what must be true
	Remedy   string   `json:"remedy,omitempty"`
	Seed     []string `json:"seed,omitempty"`    // the requirements it takes over
	Said     string   `json:"said"`              // where: InCUE, InGo or InBoth
	Product  string   `json:"product,omitempty"` // whose clusters it is about; "" for all

	Transition bool `json:"transition,omitempty"` // it is about a change from one commit to another
}

// Where a rule is said. What CUE says, an editor and plain `cue vet` say too.
const (
	InCUE  = "CUE"
	InGo   = "Go"
	InBoth = "CUE and Go"
)
