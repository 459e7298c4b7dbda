package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	maxBodyBytes = 1 << 20
	defaultLimit = 500
	maxLimit     = 1000
)

// kind returns the kind in the path, if the node serves it.
func (n *Node) kind(r *http.Request) (string, error) {
	kind, only := r.PathValue("kind"), n.options.Kinds
	switch {
	case !validKind(kind):
		return "", badKind(kind)
	case len(only) > 0 && !slices.Contains(only, kind):
		return "", refuse(http.StatusBadRequest, "kind %q: unknown; this node serves %s", kind, strings.Join(only, ", "))
	}
	return kind, nil
}

func (n *Node) key(r *http.Request) (key, error) {
	kind, err := n.kind(r)
	if err != nil {
		return key{}, err
	}
	id := r.PathValue("id")
	return key{kind, id}, checkID(id)
}

// readBody returns the request's body in canonical form.
func readBody(w http.ResponseWriter, r *http.Request, k key) (json.RawMessage, error) {
	return readObject(w, r, k.String(), maxBodyBytes, maxDepth)
}

// readObject returns the request's one JSON object in canonical form; subject
// is what a refusal names.
func readObject(w http.ResponseWriter, r *http.Request, subject string, most int64, depth int) (json.RawMessage, error) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "%s: the body is over %d bytes", subject, large.Limit)
	}
	if err == nil {
		data, err = canonical(data, depth)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s: body: %s", subject, err)
	}
	return data, nil
}

// conditions are the If-Match and the If-None-Match under which an item may be written.
type conditions struct {
	key              key
	match, noneMatch string
}

func conditionsOf(r *http.Request, k key) conditions {
	return conditions{k, strings.Join(r.Header.Values("If-Match"), ","), strings.Join(r.Header.Values("If-None-Match"), ",")}
}

// check returns a refusal unless the conditions hold for the item at a revision; 0 is no item.
func (c conditions) check(revision uint64) error {
	switch {
	case c.match != "" && !matches(c.match, revision):
		return refuse(http.StatusPreconditionFailed, "%s: it %s, and If-Match is %s", c.key, state(revision), c.match)
	case c.noneMatch != "" && matches(c.noneMatch, revision):
		return refuse(http.StatusPreconditionFailed, "%s: it %s, and If-None-Match is %s", c.key, state(revision), c.noneMatch)
	}
	return nil
}

// forRemoval also refuses to remove what is not there.
func (c conditions) forRemoval(revision uint64) error {
	if err := c.check(revision); err != nil || revision > 0 {
		return err
	}
	return noSuchItem(c.key)
}

// matches compares strongly: a weak tag matches nothing.
func matches(tags string, revision uint64) bool {
	if revision == 0 {
		return false
	}
	for tag := range strings.SplitSeq(tags, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || tag == etag(revision) {
			return true
		}
	}
	return false
}

func etag(revision uint64) string { return fmt.Sprintf("%q", strconv.FormatUint(revision, 10)) }

func state(revision uint64) string {
	if revision == 0 {
		return "does not exist"
	}
	return fmt.Sprintf("is at revision %d", revision)
}

// window returns what part of a listing the request asks for.
func window(r *http.Request) (after string, limit int, err error) {
	// URL.Query drops what it cannot parse: a page would start from the beginning.
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", 0, refuse(http.StatusBadRequest, "query: %s", err)
	}
	limit, err = parseLimit(query.Get("limit"))
	return query.Get("after"), limit, err
}

func parseLimit(text string) (int, error) {
	if text == "" {
		return defaultLimit, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 {
		return 0, refuse(http.StatusBadRequest, "limit %q: want a whole number from 1", text)
	}
	return min(limit, maxLimit), nil
}
