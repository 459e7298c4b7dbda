package node

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxKindBytes = 64
	maxIDBytes   = 255
)

// key names an item in a node.
type key struct{ kind, id string }

func (k key) String() string { return k.kind + "/" + k.id }

func validKind(kind string) bool {
	if len(kind) == 0 || len(kind) > maxKindBytes || kind[0] < 'a' || kind[0] > 'z' {
		return false
	}
	return !strings.ContainsFunc(kind, notInKind)
}

func notInKind(r rune) bool {
	letter := (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z')
	return !letter && (r < '0' || r > '9') && r != '-'
}

func badKind(kind string) error {
	return refuse(http.StatusBadRequest, "kind %q: want [a-z][a-zA-Z0-9-]{0,63}", kind)
}

// checkID returns a refusal that says what is wrong with an id, or nil.
func checkID(id string) error {
	switch {
	case id == "":
		return badID(id, "it is empty")
	case len(id) > maxIDBytes:
		return badID(id, "it is longer than 255 bytes")
	case !utf8.ValidString(id):
		return badID(id, "it is not valid UTF-8")
	case strings.ContainsFunc(id, unicode.IsControl):
		return badID(id, "it has a control character")
	case id == "." || id == "..":
		return badID(id, "a URL cannot carry it")
	}
	return nil
}

func badID(id, why string) error {
	return refuse(http.StatusBadRequest, "id %q: %s", id, why)
}
