package node

import (
	"net/http"
	"time"
)

type status struct {
	API      string            `json:"api"`
	Name     string            `json:"name"`
	Instance string            `json:"instance"`
	Version  string            `json:"version"`
	Started  time.Time         `json:"started,omitzero"`
	Revision uint64            `json:"revision"`
	Kinds    map[string]totals `json:"kinds"`
}

func health(w http.ResponseWriter, _ *http.Request) error {
	reply(w, http.StatusOK, map[string]bool{"ok": true})
	return nil
}

func (n *Node) getStatus(w http.ResponseWriter, _ *http.Request) error {
	revision, stored, err := n.store.totals()
	if err != nil {
		return err
	}
	reply(w, http.StatusOK, status{
		API: "1", Name: n.options.Name, Instance: n.store.instance, Version: n.options.Version,
		Started: n.started, Revision: revision, Kinds: n.served(stored),
	})
	return nil
}

// served keeps to the kinds that the node was told to serve, written or not.
func (n *Node) served(stored map[string]totals) map[string]totals {
	if len(n.options.Kinds) == 0 {
		return stored
	}
	kinds := make(map[string]totals, len(n.options.Kinds))
	for _, kind := range n.options.Kinds {
		kinds[kind] = stored[kind]
	}
	return kinds
}

func (n *Node) getItems(w http.ResponseWriter, r *http.Request) error {
	kind, err := n.kind(r)
	if err != nil {
		return err
	}
	after, limit, err := window(r)
	if err != nil {
		return err
	}
	var p page
	if p.next, err = n.store.page(kind, after, limit, p.add); err != nil {
		return err
	}
	return p.reply(w)
}

func (n *Node) getItem(w http.ResponseWriter, r *http.Request) error {
	k, err := n.key(r)
	if err != nil {
		return err
	}
	is, err := n.store.get(k)
	if err != nil {
		return err
	}
	if is.Revision == 0 {
		return noSuchItem(k)
	}
	replyItem(w, http.StatusOK, item{k.id, is})
	return nil
}

func (n *Node) putItem(w http.ResponseWriter, r *http.Request) error {
	k, err := n.key(r)
	if err != nil {
		return err
	}
	body, err := readBody(w, r, k)
	if err != nil {
		return err
	}
	was, is, err := n.store.put(k, body, conditionsOf(r, k).check)
	n.disk.note(err)
	if err != nil {
		return err
	}
	if is.Revision != was.Revision {
		n.logWrite(r, k, is.Revision)
	}
	replyItem(w, written(was), item{k.id, is})
	return nil
}

// written is the status of a write, by what was there before.
func written(was record) int {
	if was.Revision == 0 {
		return http.StatusCreated
	}
	return http.StatusOK
}

func (n *Node) deleteItem(w http.ResponseWriter, r *http.Request) error {
	k, err := n.key(r)
	if err != nil {
		return err
	}
	revision, err := n.store.remove(k, conditionsOf(r, k).forRemoval)
	n.disk.note(err)
	if err != nil {
		return err
	}
	n.logWrite(r, k, revision)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
