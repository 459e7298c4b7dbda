package node

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Options are what a node may be told; the zero value is a node that serves
// every kind to everyone and writes each change through to the disk.
type Options struct {
	Name    string           // reported by the status
	Version string           // of the program, reported by the status
	Token   string           // the bearer token that requests must carry; "" asks for none
	Kinds   []string         // the only kinds served; none serves any. Others in the file are kept, unseen
	NoSync  bool             // do not wait for the disk: faster, and a power cut may lose the file
	Clock   func() time.Time // read once, for the status's "started"; nil leaves that out
	Leases  Leases           // the node's half of leases; nil runs none, and then schedules of roles never fire
	Logger  *slog.Logger     // gets writes and fires at Info, schedules that cannot run at Warn, internal errors at Error; nil drops them
}

// Validate says which kind in Kinds is not a name for a kind.
func (o Options) Validate() error {
	for _, kind := range o.Kinds {
		if !validKind(kind) {
			return badKind(kind)
		}
	}
	return nil
}

// Node serves the Node API over one directory. It is safe for concurrent use.
type Node struct {
	options Options // without the token
	guard   guard
	store   *store
	disk    disk
	clock   schedules
	started time.Time
	routes  *http.ServeMux
}

// Open opens the node kept in dir, and creates both if they do not exist. It
// reads every item, to recompute the digests. It fails within about a second
// if another process, or another Node, has dir open; the error names the file.
func Open(dir string, o Options) (*Node, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("open node: %w", err)
	}
	s, err := openStore(dir, o.NoSync)
	if err != nil {
		return nil, fmt.Errorf("open node: %w", err)
	}
	n := &Node{options: o, guard: newGuard(o.Token), store: s}
	n.options.Token = ""
	if o.Logger == nil {
		n.options.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock != nil {
		n.started = o.Clock().UTC().Truncate(time.Second)
	}
	n.routes = n.mux()
	return n, nil
}

// Close waits for the writes under way and closes the file; requests that
// come later are answered with 500. Stop the server first.
func (n *Node) Close() error {
	if err := n.store.close(); err != nil {
		return fmt.Errorf("close node: %w", err)
	}
	return nil
}
