package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// memory is the server of a product that there is not, and that can be given a fault. Bodies of its items
// are with their secrets.
type memory struct {
	fault string
	kinds map[string]schema.Kind

	mu      sync.Mutex
	items   map[schema.Key]schema.Body
	first   map[schema.Key]schema.Body // as they were made
	by      map[schema.Key]*client     // who made them
	writer  map[schema.Key]*client     // who wrote to them last
	held    map[any]schema.Key         // ports that are not free again
	pending map[string]func()
	calls   int
	clients int
}

func newMemory(fault string, kinds map[string]schema.Kind) *memory {
	return &memory{
		fault: fault, kinds: kinds, items: map[schema.Key]schema.Body{{Kind: "settings", ID: "settings"}: {"motd": ""}},
		first: map[schema.Key]schema.Body{}, writer: map[schema.Key]*client{}, by: map[schema.Key]*client{}, held: map[any]schema.Key{}, pending: map[string]func(){},
	}
}

// client is one of the server.
type client struct {
	*memory
	wire   *Wire // over which it sends that it calls; nil: it just calls
	asked  int
	number int
	made   bool
	listed map[schema.Key]schema.Body
}

func rejected(format string, args ...any) error {
	return &schema.Failure{Op: "call", Cause: schema.Rejected, Err: fmt.Errorf(format, args...)}
}

// call carries out what is asked, on the other end of the wire if there is one.
func (c *client) call(method string, body any, do func() error) (err error) {
	locked := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		err = do()
	}
	if c.wire == nil {
		locked()
		return err
	}
	c.mu.Lock()
	c.calls++
	path := fmt.Sprint("/", c.calls)
	c.pending[path] = locked
	c.mu.Unlock()
	data, _ := json.Marshal(body)
	request, bad := http.NewRequest(method, c.wire.URL()+path, strings.NewReader(string(data)))
	if bad != nil {
		return bad
	}
	request.Close = true
	answer, bad := http.DefaultClient.Do(request)
	if bad != nil {
		return &schema.Failure{Op: "call", Cause: schema.Unreachable, Err: bad}
	}
	return errors.Join(err, answer.Body.Close())
}

func (m *memory) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	do := m.pending[r.URL.Path]
	m.mu.Unlock()
	do()
}

func (c *client) Observe(_ context.Context, kinds []string) (schema.Observation, error) {
	o := schema.Observation{Instance: "i", Kinds: map[string]schema.Listing{}}
	err := c.call(http.MethodGet, nil, func() error {
		c.asked++
		c.listed = map[schema.Key]schema.Body{}
		for _, kind := range kinds {
			o.Kinds[kind] = schema.Listing{Items: map[string]schema.Body{}}
		}
		for key, body := range c.items {
			if slices.Contains(kinds, key.Kind) {
				c.listed[key] = body
				o.Kinds[key.Kind].Items[key.ID] = c.shown(key, body)
			}
		}
		c.spoil(&o)
		return nil
	})
	return o, err
}

// shown is a body as the server shows it: without the secrets that it keeps to itself.
func (c *client) shown(key schema.Key, body schema.Body) schema.Body {
	if body == nil {
		return nil
	}
	for _, pointer := range c.kinds[key.Kind].Secrets {
		if !slices.Contains(c.kinds[key.Kind].Exact, pointer) || c.fault == "a secret is not shown" {
			body = schema.Remove(body, pointer)
		}
	}
	return body
}

func (c *client) spoil(o *schema.Observation) {
	sites := o.Kinds["site"].Items
	switch {
	case c.fault == "another instance" && c.asked > 1:
		o.Instance = "j"
	case c.fault == "a kind cannot be listed" && c.asked > 1:
		o.Kinds["site"] = schema.Listing{Err: errors.New("no list")}
	case c.fault == "a list stops after a page":
		ids := slices.Sorted(maps.Keys(sites))
		for _, id := range ids[min(20, len(ids)):] {
			delete(sites, id)
		}
	case c.fault == "the list is old" && sites["main"] != nil:
		sites["main"] = schema.Body{"path": "/one"}
	case c.fault == "a list shows its reader only what it made" && c.made && c.number > 1:
		maps.DeleteFunc(sites, func(id string, _ schema.Body) bool { return c.by[schema.Key{Kind: "site", ID: id}] != c })
		maps.DeleteFunc(o.Kinds["job"].Items, func(id string, _ schema.Body) bool { return c.by[schema.Key{Kind: "job", ID: id}] != c })
	}
}

func (c *client) Read(_ context.Context, key schema.Key) (found schema.Body, err error) {
	err = c.call(http.MethodGet, nil, func() (err error) {
		found, err = c.read(key)
		return err
	})
	return found, err
}

func (c *client) read(key schema.Key) (schema.Body, error) {
	found := c.shown(key, c.items[key])
	listed, seen := c.listed[key]
	listed = c.shown(key, listed)
	switch {
	case c.fault == "a missing item is an error" && found == nil:
		return nil, errors.New("404")
	case c.fault == "a missing item is empty" && found == nil:
		return schema.Body{}, nil
	case c.fault == "a read leaves a field out" && found != nil:
		return schema.Remove(found, "/path"), nil
	case c.fault == "a read answers from the last list":
		return listed, nil
	case c.fault == "a read shows fields as they were listed" && found != nil && seen && c.writer[key] != c:
		return schema.Merge(found, listed), nil
	case c.fault == "a read does not see what others made" && !seen && c.by[key] != c:
		return nil, nil
	}
	return found, nil
}

func (c *client) Write(ctx context.Context, change plan.Change, observed schema.Body) error {
	revealed := map[string]any{}
	for field, value := range change.Body {
		if secret, is := value.(schema.Secret); is {
			value = secret.Reveal()
			if c.fault == "a secret is not sent again" && change.Action == plan.Update && field == "key" {
				value = nil
			}
		}
		revealed[field] = value
	}
	for i := range map[bool]int{true: 20, false: 0}[c.fault == "each write costs twenty requests"] {
		_ = c.call(http.MethodGet, i, func() error { return nil })
	}
	err := c.call(http.MethodPost, revealed, func() error { return c.write(change, observed) })
	if c.fault == "a create without an answer is made again" && schema.CauseOf(err) == schema.Unreachable && change.Action == plan.Create {
		change.ID += "-again"
		return c.Write(ctx, change, observed)
	}
	return err
}

func (c *client) Digest(context.Context) (string, error) {
	if c.fault == "the digest never changes" {
		return "same", nil
	}
	return "", nil
}

func (c *client) Health(context.Context, bool) error {
	err := c.call(http.MethodGet, nil, func() error { return nil })
	switch c.fault {
	case "a server that is well is not":
		return errors.New("503")
	case "a server that gives no answer is well":
		return nil
	}
	return err
}

func (c *client) write(change plan.Change, observed schema.Body) error {
	there := c.items[change.Key]
	if c.fault != "states are not told apart" && observed != nil && there != nil && !reflect.DeepEqual(observed, c.shown(change.Key, there)) && c.fault != "a read shows fields as they were listed" {
		return &schema.Failure{Op: "write", Cause: schema.Stale, Err: errors.New("If-Match does not hold")}
	}
	if change.Action == plan.Delete {
		return c.delete(change.Key)
	}
	if err := c.refuse(change, there); err != nil {
		return err
	}
	if change.Action == plan.Create {
		c.made, c.by[change.Key], c.first[change.Key] = true, c, change.Body
		c.items[change.Key] = change.Body
		if c.fault == "a create overwrites" || c.fault == "a read does not see what others made" && there != nil {
			c.items[change.Key] = schema.Merge(change.Body, map[string]any{"path": "/neither"})
		}
		if c.fault == "nothing is written" {
			delete(c.items, change.Key)
		}
		c.writer[change.Key] = c
		return nil
	}
	body := c.update(change, there)
	if port := there["port"]; port != nil && body["port"] != port && c.fault == "a changed port stays taken" {
		c.held[port] = change.Key
	}
	c.items[change.Key], c.writer[change.Key] = body, c
	return nil
}

// update is an item after a change.
func (c *client) update(change plan.Change, there schema.Body) schema.Body {
	was := there
	switch {
	case c.fault == "an update forgets":
		return change.Body
	case c.fault == "an update forgets what others wrote":
		was = schema.Body{}
		for field, value := range there {
			if _, made := c.first[change.Key][field]; made || c.shared(change.Key, field) {
				was[field] = value
			}
		}
	case c.fault == "an update starts from the last list" && c.listed[change.Key] != nil:
		was = c.listed[change.Key]
	}
	body := schema.Merge(was, change.Body)
	switch {
	case c.fault == "there is no way back" && there["path"] == "/three" && body["path"] == "/one",
		c.fault == "a link cannot be switched on again" && there["enabled"] == false && body["enabled"] == true && change.ID == "b",
		c.fault == "a reference cannot be moved" && change.Kind == "link" && there["site"] != body["site"]:
		return there
	}
	return body
}

// shared tells whether the field is one that the cases write.
func (c *client) shared(key schema.Key, field string) bool {
	return key.Kind != "site" || field != "note"
}

// refuse is what the server does not let anybody do.
func (c *client) refuse(change plan.Change, there schema.Body) error {
	create := change.Action == plan.Create
	switch {
	case create && there != nil && c.fault != "a create overwrites" && (c.fault != "a read does not see what others made" || c.by[change.Key] == c):
		return rejected("%s is there", change.Key)
	case !create && there == nil:
		return rejected("%s is not there", change.Key)
	case change.ID == "bad" && c.fault == "a bad item is refused without words":
		return rejected("400")
	case change.ID == "bad" && c.fault != "a bad item is taken":
		return rejected("no site is %q", change.ID)
	case !create && change.Body["protocol"] != nil && change.Body["protocol"] != there["protocol"]:
		return rejected("the protocol of %s cannot be changed", change.Key)
	}
	for _, to := range c.kinds[change.Kind].References(change.Body) {
		if c.items[to] == nil {
			return rejected("there is no %s", to)
		}
	}
	for key, body := range c.items {
		if port := change.Body["port"]; port != nil && key != change.Key && key.Kind == "link" && body["port"] == port {
			return rejected("%s has port %v", key, port)
		}
	}
	if port := change.Body["port"]; port != nil && c.held[port].ID != "" && c.held[port] != change.Key {
		return rejected("port %v is not free yet", port)
	}
	return nil
}

func (c *client) delete(key schema.Key) error {
	switch {
	case c.fault == "a missing item cannot be deleted" && c.items[key] == nil:
		return errors.New("404")
	case c.fault == "a delete does nothing":
		return nil
	}
	for user, body := range c.items {
		if slices.Contains(c.kinds[user.Kind].References(body), key) {
			return rejected("%s uses %s", user, key)
		}
	}
	if c.fault == "a delete takes all" {
		maps.DeleteFunc(c.items, func(other schema.Key, _ schema.Body) bool { return other.Kind == key.Kind })
	}
	delete(c.items, key)
	return nil
}

// suite is that of the server, over a wire or not.
func (m *memory) suite(t testing.TB, wired bool) Suite {
	var wire *Wire
	if wired {
		server := httptest.NewServer(m)
		t.Cleanup(server.Close)
		wire = NewWire(t, server.URL)
	}
	return Suite{
		Open: func(testing.TB, schema.Provider) Client {
			m.clients++
			return &client{memory: m, wire: wire, number: m.clients}
		},
		Wire: wire,
		Restart: func(testing.TB) {
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.fault == "a restart forgets who it is" {
				m.fault = "another instance"
			}
		},
	}
}
