package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

const (
	maxBulkItems = 1000
	maxBulkBytes = 16 << 20
	// bulkDepth is how much deeper a body lies in a bulk write than in a PUT.
	bulkDepth = 3
)

// entry is one item's part of a bulk write.
type entry struct {
	id                   string
	body                 json.RawMessage // canonical
	remove               bool
	ifMatch, ifNoneMatch string
}

// result is what became of an entry. Its status is what a PUT or a DELETE
// would have been answered with.
type result struct {
	ID       string `json:"id"`
	Status   int    `json:"status"`
	Revision uint64 `json:"revision,omitempty"`
	Error    string `json:"error,omitempty"`
}

func (n *Node) postItems(w http.ResponseWriter, r *http.Request) error {
	kind, err := n.kind(r)
	if err != nil {
		return err
	}
	entries, err := readEntries(w, r, kind)
	if err != nil {
		return err
	}
	results, err := n.store.bulk(kind, entries)
	n.disk.note(err)
	if err != nil {
		return err
	}
	for i, result := range results {
		if result.Revision > 0 {
			n.logWrite(r, key{kind, entries[i].id}, result.Revision)
		}
	}
	reply(w, http.StatusOK, map[string][]result{"results": results})
	return nil
}

// readEntries refuses the whole request where it cannot be told what it asks
// for; what is wrong with one item is the affair of its result.
func readEntries(w http.ResponseWriter, r *http.Request, kind string) ([]entry, error) {
	data, err := readObject(w, r, kind, maxBulkBytes, maxDepth+bulkDepth)
	if err != nil {
		return nil, err
	}
	var whole map[string]json.RawMessage
	var elements []map[string]json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(whole["items"], &elements); err != nil || len(whole) != 1 || elements == nil {
		return nil, refuse(http.StatusBadRequest, `%s: want {"items": [...]}, a list of objects and nothing else`, kind)
	}
	if len(elements) > maxBulkItems {
		return nil, refuse(http.StatusRequestEntityTooLarge, "%s: %d items, want at most %d in one request", kind, len(elements), maxBulkItems)
	}
	return parseEntries(kind, elements)
}

func parseEntries(kind string, elements []map[string]json.RawMessage) ([]entry, error) {
	entries := make([]entry, len(elements))
	seen := make(map[string]bool, len(elements))
	for i, element := range elements {
		e, err := parseEntry(element)
		if err == nil && seen[e.id] {
			err = fmt.Errorf("id %q: a second time", e.id)
		}
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "%s: item %d: %s", kind, i+1, err)
		}
		entries[i], seen[e.id] = e, true
	}
	return entries, nil
}

func parseEntry(element map[string]json.RawMessage) (e entry, err error) {
	into := map[string]any{"id": &e.id, "delete": &e.remove, "ifMatch": &e.ifMatch, "ifNoneMatch": &e.ifNoneMatch, "body": &e.body}
	for name, value := range element {
		if into[name] == nil {
			return e, fmt.Errorf("unknown field %q", name)
		}
		if err := json.Unmarshal(value, into[name]); err != nil || string(value) == "null" && name != "body" {
			return e, fmt.Errorf("%s: the wrong type of value", name)
		}
	}
	if e.remove == (e.body != nil) {
		return e, errors.New(`want either a body, or "delete": true`)
	}
	return e, checkID(e.id)
}

// apply carries out the entry, and returns an error only for what is not its fault.
func (e entry) apply(s *shelf) (result, error) {
	is, code, err := e.write(s)
	if refused, ok := errors.AsType[*refusal](err); ok {
		return result{ID: e.id, Status: refused.status, Error: refused.reason}, nil
	}
	return result{ID: e.id, Status: code, Revision: is}, err
}

func (e entry) write(s *shelf) (revision uint64, code int, err error) {
	k := key{s.kind, e.id}
	holds := conditions{k, e.ifMatch, e.ifNoneMatch}
	switch {
	case e.remove:
		revision, err = s.remove(e.id, holds.forRemoval)
		return revision, http.StatusNoContent, err
	case e.body[0] != '{':
		return 0, 0, refuse(http.StatusBadRequest, "%s: body: not a JSON object", k)
	case len(e.body) > maxBodyBytes:
		return 0, 0, refuse(http.StatusRequestEntityTooLarge, "%s: the body is over %d bytes", k, maxBodyBytes)
	}
	was, is, err := s.put(e.id, e.body, holds.check)
	return is.Revision, written(was), err
}
