package schema

// Guards are what apply may do at most.
type Guards struct {
	Deletes any                  `json:"deletes"` // a number or a share such as "30%"
	Updates any                  `json:"updates"`
	Protect map[string]Selection `json:"protect,omitempty"` // by kind: never deleted
	Prune   map[string]string    `json:"prune"`             // by class: owned, none, all
}

// Rollout is how many peers are changed at a time.
type Rollout struct {
	Peers any    `json:"peers"` // "all" or a number
	Pause string `json:"pause"`
}

// Window is a time for planned work, or (closed) a time without.
type Window struct {
	Opens  string   `json:"opens"` // five cron fields
	Lasts  string   `json:"lasts"`
	Zone   string   `json:"zone"`
	Closed bool     `json:"closed,omitempty"`
	Of     []string `json:"of"`
}

// When selects events.
type When struct {
	On    []string `json:"on"`
	Peers []string `json:"peers,omitempty"` // only about these
	Roles []string `json:"roles,omitempty"`
}

// Hook is something to run or call when something happens.
type Hook struct {
	When
	Run      []string `json:"run,omitempty"`
	URL      string   `json:"url,omitempty"`
	Timeout  string   `json:"timeout"`
	Required bool     `json:"required,omitempty"`
	Reboots  bool     `json:"reboots,omitempty"` // as a fence it only restarts the peer
}

// Notify is someone to tell.
type Notify struct {
	When
	To []string `json:"to"`
}

// Version says which version of the product peers must have.
type Version struct {
	Is   string `json:"is,omitempty"`
	Same bool   `json:"same"`
}

// Suspended is a peer or a cluster that is out of the relation for a while.
type Suspended struct {
	Accumulate bool   `json:"accumulate"` // keep the base, and be owed the diff on return
	Reason     string `json:"reason,omitempty"`
	Until      string `json:"until,omitempty"` // UTC, as RFC 3339 with or without seconds
	Roles      string `json:"roles"`           // "keep" or "release"
}
