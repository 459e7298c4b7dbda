package schema

import "net/url"

// Sidecar is the node's half of leases where it runs beside a server that knows nothing of them. The zero value is
// none.
type Sidecar struct {
	Address     string      `json:"address"`
	Credentials Credentials `json:"credentials,omitzero"`
}

// SidecarAPI is how sidecars are addressed: as servers of the Node API are, whatever the product beside them.
func SidecarAPI() Provider {
	return Provider{Name: "sidecar", Port: Ports{HTTP: 7100, HTTPS: 7143}, Path: "/v1"}
}

// SidecarURL returns where the sidecar of a peer that has one is, as URL does for the admin API.
func (c *Cluster) SidecarURL(serial string) (*url.URL, error) {
	return SidecarAPI().URL(c.schemed(c.Peers[serial].Sidecar.Address))
}
