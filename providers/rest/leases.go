package rest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// leases is what the definition says about telling a peer what it may hold.
type leases struct {
	Tenure string `json:"tenure"`
	Grant  string `json:"grant"`
	Revoke string `json:"revoke"`
}

// Leases tells whether the definition says how to ask, grant and revoke. Whether the peer runs leases is seen by asking it.
func (c *Client) Leases() bool { return c.definition.api.Leases != nil }

// Tenure asks the peer what it has of the places that were granted to it.
//
// This and what follows is sent once, at once, beside the requests of items and never behind them, and
// Options.Timeout bounds it. Errors are *schema.Failure: Rejected is the peer's own no, or a definition that
// does not say how; Busy a peer that starts and does not know yet; of anything else it is not known what
// the peer did. Only a kept connection that turns out to have been closed before is replaced by another.
func (c *Client) Tenure(ctx context.Context) (schema.Tenure, error) {
	return c.tenure(ctx, request{op: "ask what it holds", method: http.MethodGet}, schema.Place{})
}

// Grant lets the peer hold a place until a moment of its own clock. One that comes late does no harm.
func (c *Client) Grant(ctx context.Context, g schema.Grant) error {
	_, err := c.lease(ctx, request{op: "grant " + g.Place.String(), method: http.MethodPut, body: g}, g.Place)
	return err
}

// Revoke takes a place away, and returns what the peer has then. The place is given back once that says Passive.
func (c *Client) Revoke(ctx context.Context, r schema.Revoke) (schema.Tenure, error) {
	return c.tenure(ctx, request{op: "revoke " + r.Place.String(), method: http.MethodPost, body: r}, r.Place)
}

func (c *Client) tenure(ctx context.Context, r request, place schema.Place) (schema.Tenure, error) {
	r.take = takeTenure
	a, err := c.lease(ctx, r, place)
	if err != nil {
		return schema.Tenure{}, err
	}
	return a.body.(schema.Tenure), nil
}

func (c *Client) lease(ctx context.Context, r request, place schema.Place) (answer, error) {
	l := c.definition.api.Leases
	if l == nil {
		return answer{}, failure(r.op, schema.Rejected, errors.New("the definition does not say how: it needs api.leases"))
	}
	path := map[string]string{http.MethodGet: l.Tenure, http.MethodPut: l.Grant, http.MethodPost: l.Revoke}[r.method]
	r.path = strings.NewReplacer("{role}", escape(place.Role), "{number}", strconv.Itoa(place.Number)).Replace(path)
	r.via = c.leases
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	return c.signed(ctx, r)
}

// takeTenure reads a tenure whole: what is half understood must not move a role.
func takeTenure(from *metered) (any, error) {
	var t schema.Tenure
	err := json.NewDecoder(from).Decode(&t)
	if _, wrong := errors.AsType[*json.UnmarshalTypeError](err); wrong {
		return nil, unusable{fmt.Errorf("its answer is no tenure: %w", err)}
	}
	if err != nil {
		return nil, err
	}
	if t.Boot == "" {
		return nil, unusable{errors.New("its answer is no tenure: it does not say which boot it is (/boot)")}
	}
	for place, tenant := range t.Places {
		if !slices.Contains([]schema.TenantState{schema.Passive, schema.Active, schema.Stopping}, tenant.State) {
			return nil, unusable{fmt.Errorf("its answer is no tenure: %s is %q, and not passive, active or stopping", place, tenant.State)}
		}
	}
	return t, nil
}

// beside is a transport for leases: connections that no item uses, one request at a time on each, so that one
// which hangs is closed with its request and holds no other up.
func (c *Client) beside(config *tls.Config) *http.Transport {
	t := c.transport(config)
	t.Protocols, t.ForceAttemptHTTP2, t.MaxIdleConnsPerHost = new(http.Protocols), false, 1
	t.Protocols.SetHTTP1(true)
	return t
}

func (l *leases) check() error {
	if l == nil {
		return nil
	}
	if l.Tenure == "" || l.Grant == "" || l.Revoke == "" {
		return errors.New("it takes tenure, grant and revoke")
	}
	for word, path := range map[string]string{"grant": l.Grant, "revoke": l.Revoke} {
		if !strings.Contains(path, "{role}") || !strings.Contains(path, "{number}") {
			return fmt.Errorf("%s: %s does not say which place: it needs {role} and {number}", word, path)
		}
	}
	return nil
}
