package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const canary = "hunter2-CANARY"

type holder struct {
	Public Secret
	hidden Secret
	Any    any
	Nested map[string][]*Secret
	Body   Body
}

// holders are the ways in which a value can lie inside others.
func holders() map[string]any {
	s := NewSecret(canary, []byte("key"))
	h := holder{s, s, s, map[string][]*Secret{"a": {&s}}, Body{"password": s}}
	return map[string]any{
		"value": s, "pointer": &s, "struct": h, "pointer to struct": &h,
		"slice": []Secret{s}, "array": [1]Secret{s}, "map": map[string]Secret{"a": s},
		"map's key": map[Secret]int{s: 1}, "any": []any{s}, "anonymous": struct{ Secret }{s},
		"body": Body{"a": map[string]any{"b": []any{s}}}, "error": errors.New(fmt.Sprint(s)),
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	for name, value := range holders() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%p", "%t", "%o", "%T", "%20.3v", "%!"} {
			conceals(t, name+" "+verb, fmt.Sprintf(verb, value))
		}
		conceals(t, name+" Sprintln", fmt.Sprintln(value))
	}
}

func TestSecretIsNotMarshalled(t *testing.T) {
	for name, value := range holders() {
		data, err := json.Marshal(value)
		conceals(t, name, string(data)+fmt.Sprint(err))
	}
}

func TestSecretIsNotLogged(t *testing.T) {
	for name, value := range holders() {
		var out bytes.Buffer
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).With("with", value).Info("m", "a", value, slog.Group("g", slog.Any("b", value)))
		}
		conceals(t, name, out.String())
	}
}

// conceals looks for the value as it is, and as numbers or hexadecimal would show it.
func conceals(t *testing.T, where, out string) {
	t.Helper()
	numbers := strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]")
	for _, shape := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), numbers} {
		if strings.Contains(out, shape) {
			t.Errorf("%s: %s", where, out)
		}
	}
}

func TestSecretMark(t *testing.T) {
	a, same, other := NewSecret("x", []byte("k")), NewSecret("x", []byte("k")), NewSecret("y", []byte("k"))
	if a.Mark() != same.Mark() || a.Mark() == other.Mark() || a.Mark() == NewSecret("x", []byte("l")).Mark() {
		t.Error("marks are equal for equal values under one key, and for nothing else")
	}
	if a.Reveal() != "x" || (Secret{}).Reveal() != "" {
		t.Error("only Reveal gives the value")
	}
	if data, err := json.Marshal(a); err != nil || string(data) != `"`+a.Mark()+`"` {
		t.Errorf("got %s, %v", data, err)
	}
}

func TestIsReference(t *testing.T) {
	for text, want := range map[string]bool{
		"env:NAME": true, "env:_n1": true, "file:/run/secrets/a": true, "file:a b": false, "file:x:y": true,
		"": false, "env:": false, "file:": false, "env": false, "hunter2": false, "ENV:NAME": false,
		"env:1": false, "env:A-B": false, "env:hunter2!": false, "http://a": false, "env:NÄME": false,
	} {
		if got := IsReference(text); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
