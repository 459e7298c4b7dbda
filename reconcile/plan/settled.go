package plan

// Settled is a peer that held all that was desired, in words by which another run can tell that it still
// does without reading its items.
type Settled struct {
	Digest  string `json:"digest"`  // of the peer, when it was read; "" if nothing is known
	Desired string `json:"desired"` // hash of what it was compared with, and how
	InSync  int    `json:"inSync"`
	Foreign int    `json:"foreign"`
	Kept    int    `json:"kept"`
}
