package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// kind is how items of one kind are read and written: #Kind of rest.cue, made ready for use.
type kind struct {
	ForEach string            `json:"forEach"`
	List    list              `json:"list"`
	Key     keys              `json:"key"`
	Fold    bool              `json:"fold"`
	Skip    map[string]string `json:"skip"`
	Body    pointer           `json:"body"`
	CSV     []pointer         `json:"csv"`
	Secrets map[string]secret `json:"secrets"`
	Read    read              `json:"read"`
	Create  send              `json:"create"`
	Update  send              `json:"update"`
	Delete  send              `json:"delete"`
	Settle  *settling         `json:"settle"`

	name   string
	schema schema.Kind
	skip   []skipped
	ignore []pointer // what the server owns and no path needs
	owned  []pointer // all that it owns
	exact  []pointer // secrets that it shows
}

type list struct {
	Path    string            `json:"path"`
	Query   map[string]string `json:"query"`
	Items   pointer           `json:"items"`
	Shape   string            `json:"shape"`
	Total   pointer           `json:"total"`
	Page    *page             `json:"page"`
	Detail  bool              `json:"detail"`
	Secrets *shown            `json:"secrets"`
}

// shown is a second list of the same items, for the secrets that the first leaves out.
type shown struct {
	Path  string            `json:"path"`
	Query map[string]string `json:"query"`
	Items pointer           `json:"items"`
}

// page is how a list is turned over.
type page struct {
	Limit  string  `json:"limit"`
	Size   int     `json:"size"`
	Full   bool    `json:"full"`
	Offset string  `json:"offset"`
	Number string  `json:"number"`
	First  int     `json:"first"`
	Cursor string  `json:"cursor"`
	Next   pointer `json:"next"`
}

type read struct {
	call
	Items *pointer `json:"items"` // the answer is a list
}

// send is a call with a body.
type send struct {
	call
	Set     map[string]any `json:"set"`
	Initial map[string]any `json:"initial"`
	Only    []pointer      `json:"only"`
	Omit    []pointer      `json:"omit"`
	At      pointer        `json:"at"`
	List    bool           `json:"list"`
}

// parseKind reads the api of a kind. What CUE cannot see is checked here.
func parseKind(name string, k schema.Kind) (kind, error) {
	parsed := kind{name: name, schema: k}
	for _, at := range k.Exact {
		parsed.exact = append(parsed.exact, point(at))
	}
	if err := json.Unmarshal(k.API, &parsed); err != nil {
		return kind{}, err
	}
	var err error
	if parsed.skip, err = parsed.skipping(""); err != nil {
		return kind{}, err
	}
	if err := parsed.checkCalls(); err != nil {
		return kind{}, err
	}
	return parsed, parsed.check()
}

func (k kind) check() error {
	names := map[string]bool{}
	for _, key := range k.Key {
		if names[key.last()] {
			return fmt.Errorf("key: two parts of an id are both called %q", key.last())
		}
		names[key.last()] = true
	}
	names["id"] = true
	if len(k.Key) == 0 && k.List.Shape != "map" && k.List.Shape != "single" {
		return errors.New("key: the items of an array need one")
	}
	if k.List.Secrets != nil && k.ForEach != "" {
		return errors.New("list.secrets: a second list is for kinds that have no parent")
	}
	for _, template := range k.templates() {
		if err := k.known(template, names); err != nil {
			return err
		}
	}
	return nil
}

// known finds a word in braces that stands for nothing.
func (k kind) known(template string, names map[string]bool) error {
	for name := range words(template) {
		word, ofParent := strings.CutPrefix(name, "parent.")
		switch {
		case ofParent && k.ForEach == "":
			return fmt.Errorf("path %s: {%s}: the kind has no parent: set forEach", template, name)
		case ofParent && word == "id", strings.HasPrefix(word, "item."), !ofParent && names[word]:
		default:
			return fmt.Errorf("path %s: {%s} is neither a part of the key nor a field, {item.NAME}", template, name)
		}
	}
	return nil
}

// calls are those of one item, by their words.
func (k *kind) calls() map[string]*call {
	return map[string]*call{"read": &k.Read.call, "create": &k.Create.call, "update": &k.Update.call, "delete": &k.Delete.call}
}

// templates are all texts in which braces may stand.
func (k kind) templates() []string {
	all := []string{k.List.Path, k.Read.Path, k.Create.Path, k.Update.Path, k.Delete.Path}
	for _, query := range []map[string]string{k.List.Query, k.Read.Query, k.Create.Query, k.Update.Query, k.Delete.Query} {
		all = append(all, slices.Sorted(maps.Values(query))...)
	}
	if k.Settle != nil {
		all = append(all, k.Settle.Path)
	}
	return all
}

// own sets apart what of the server's own fields its paths and those of its children need.
func (k *kind) own(children []kind) {
	needed := k.fields("item.")
	for _, child := range children {
		needed = append(needed, child.fields("parent.item.")...)
	}
	for _, at := range k.schema.Ignore {
		k.owned = append(k.owned, point(at))
		if !slices.ContainsFunc(needed, func(n string) bool { return n == at || strings.HasPrefix(n, at+"/") }) {
			k.ignore = append(k.ignore, point(at))
		}
	}
}

// fields points to the fields that stand in braces with the prefix.
func (k kind) fields(prefix string) []string {
	var all []string
	for _, template := range k.templates() {
		for name := range words(template) {
			if field, ok := strings.CutPrefix(name, prefix); ok {
				all = append(all, "/"+strings.ReplaceAll(field, ".", "/"))
			}
		}
	}
	return all
}
