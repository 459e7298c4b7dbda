package schema

import "time"

// SuspendedAt returns the suspension that holds for a peer at a time, its own or the cluster's, or nil.
func (c *Cluster) SuspendedAt(serial string, now time.Time) *Suspended {
	for _, s := range []*Suspended{c.Peers[serial].Suspended, c.Suspended} {
		if s != nil && !s.over(now) {
			return s
		}
	}
	return nil
}

// over tells whether a suspension has ended. One whose end cannot be read has none: to go on would write
// to a peer that somebody wanted left alone.
func (s *Suspended) over(now time.Time) bool {
	for _, layout := range []string{"2006-01-02T15:04:05Z", "2006-01-02T15:04Z"} {
		if end, err := time.Parse(layout, s.Until); err == nil {
			return !now.Before(end)
		}
	}
	return false
}

// Leaves tells whether an item is the peer's own affair, by what the peer, its group or the cluster leaves.
func (c *Cluster) Leaves(serial string, key Key) bool {
	peer := c.Peers[serial]
	for _, leave := range []map[string]Selection{peer.Leave, c.Groups[peer.Group].Leave, c.Leave} {
		if leave[key.Kind].Names(key.ID) {
			return true
		}
	}
	return false
}
