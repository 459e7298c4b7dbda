package schema

// Health is how a verdict on a peer is reached. A field that is empty is said by the wider scope: the
// group's, then the cluster's, then its preset's.
type Health struct {
	Probe     string  `json:"probe,omitempty"`     // ask it this often
	Timeout   string  `json:"timeout,omitempty"`   // for one answer
	Deep      string  `json:"deep,omitempty"`      // the dearer check, this often
	Heartbeat string  `json:"heartbeat,omitempty"` // it reports this often by itself
	Dead      string  `json:"dead,omitempty"`      // silent for so long: DEAD
	Warn      float64 `json:"warn,omitempty"`      // at this share of Dead say that failover is pending
	Confirm   *bool   `json:"confirm,omitempty"`   // ask once more before DEAD
	Rise      int     `json:"rise,omitempty"`      // good answers before LIVE again
	Lease     string  `json:"lease,omitempty"`     // of the roles it holds
}

// ClusterHealth is a cluster's, its preset's fields filled in.
type ClusterHealth struct {
	Health
	Preset string `json:"preset"`
	Listen string `json:"listen,omitempty"` // [host]:port for heartbeats
	Freeze any    `json:"freeze,omitempty"` // a Limit: so much looks dead that it is probably us
}

// HealthOf is how the verdict on a peer is reached: its own fields, then its group's, then the cluster's.
func (c *Cluster) HealthOf(serial string) Health {
	peer := c.Peers[serial]
	return peer.Health.Over(c.Groups[peer.Group].Health).Over(c.Health.Health)
}

// Over returns h with the fields that it leaves empty taken from wider.
func (h Health) Over(wider Health) Health {
	for _, field := range []struct{ own, wider *string }{
		{&h.Probe, &wider.Probe},
		{&h.Timeout, &wider.Timeout},
		{&h.Deep, &wider.Deep},
		{&h.Heartbeat, &wider.Heartbeat},
		{&h.Dead, &wider.Dead},
		{&h.Lease, &wider.Lease},
	} {
		if *field.own == "" {
			*field.own = *field.wider
		}
	}
	if h.Warn == 0 {
		h.Warn = wider.Warn
	}
	if h.Confirm == nil {
		h.Confirm = wider.Confirm
	}
	if h.Rise == 0 {
		h.Rise = wider.Rise
	}
	return h
}
