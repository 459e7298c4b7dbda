package rest

import (
	"cmp"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/gitops-reconciler/reconciler/schema"
)

// tags are the entity tags of the items that were read, so that a write can say which state of an item it
// was made for. A tag belongs to the body that came with it, and to no other of the same item.
type tags struct {
	mu sync.Mutex
	of map[schema.Key]tag
}

type tag struct {
	text string
	body uintptr // of the map; it is not kept alive for this
}

func (t *tags) keep(key schema.Key, body schema.Body, text string) {
	if text == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[schema.Key]tag{}
	}
	t.of[key] = tag{text, reflect.ValueOf(body).Pointer()}
}

// take returns the tag that came with a body, once; "" if there is none.
func (t *tags) take(key schema.Key, body schema.Body) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := t.of[key]
	delete(t.of, key)
	if body == nil || last.body != reflect.ValueOf(body).Pointer() {
		return ""
	}
	return last.text
}

// tagOf returns the strong entity tag of an answer that was read to its end: Caddy gives it as a trailer. A
// weak one matches nothing, so that a write with it would never succeed.
func tagOf(r *http.Response) string {
	text := cmp.Or(r.Header.Get("Etag"), r.Trailer.Get("Etag"))
	if strings.HasPrefix(text, "W/") {
		return ""
	}
	return text
}
