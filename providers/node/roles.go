package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
)

const (
	maxLeaseBytes = 64 << 10
	maxLeaseDepth = 8
)

func (n *Node) getRoles(w http.ResponseWriter, _ *http.Request) error {
	leases, err := n.leases()
	if err != nil {
		return err
	}
	tenure, err := leases.Tenure()
	return replyTenure(w, tenure, err)
}

func (n *Node) putGrant(w http.ResponseWriter, r *http.Request) error {
	leases, err := n.leases()
	if err != nil {
		return err
	}
	g := Grant{}
	if err := readLease(w, r, &g, &g.Place); err != nil {
		return err
	}
	if err := leases.Grant(g); err != nil {
		return answered(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (n *Node) postRevoke(w http.ResponseWriter, r *http.Request) error {
	leases, err := n.leases()
	if err != nil {
		return err
	}
	revoke := Revoke{}
	if err := readLease(w, r, &revoke, &revoke.Place); err != nil {
		return err
	}
	tenure, err := leases.Revoke(revoke)
	return replyTenure(w, tenure, err)
}

func (n *Node) leases() (Leases, error) {
	if n.options.Leases == nil {
		return nil, refuse(http.StatusNotFound, "this node runs no leases")
	}
	return n.options.Leases, nil
}

// readLease reads the request into value. Its place stands in the path too, so that a log of requests shows
// what they are about; one that says two things says nothing.
func readLease(w http.ResponseWriter, r *http.Request, value any, place *Place) error {
	want, err := placeOf(r.PathValue("role"), r.PathValue("number"))
	if err != nil {
		return refuse(http.StatusBadRequest, "%s", err)
	}
	data, err := readObject(w, r, want.String(), maxLeaseBytes, maxLeaseDepth)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		return refuse(http.StatusBadRequest, "%s: body: %s", want, err)
	}
	if *place != want {
		return refuse(http.StatusBadRequest, "%s: the body is about %s", want, *place)
	}
	return nil
}

func replyTenure(w http.ResponseWriter, t Tenure, err error) error {
	if err != nil {
		return answered(err)
	}
	reply(w, http.StatusOK, t)
	return nil
}

// answered gives an error of Leases its status.
func answered(err error) error {
	switch {
	case errors.Is(err, ErrRefused):
		return refuse(http.StatusConflict, "%s", err)
	case errors.Is(err, ErrNotReady):
		return refuse(http.StatusServiceUnavailable, "%s", err)
	}
	return err
}
