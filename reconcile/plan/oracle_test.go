package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// oracle is the three-way table once more, as simply as can be: bodies are flattened, values are compared
// as text. It gives lines, one for each change and each field.
func oracle(in Input) []string {
	var lines []string
	keys := map[schema.Key]bool{}
	for kind := range in.Kinds {
		for id := range in.Desired[kind] {
			keys[schema.Key{Kind: kind, ID: id}] = true
		}
		for id := range in.Observed.Kinds[kind].Items {
			keys[schema.Key{Kind: kind, ID: id}] = true
		}
	}
	for key := range in.Base {
		keys[key] = true
	}
	for key := range keys {
		lines = append(lines, oracleItem(in, key)...)
	}
	slices.Sort(lines)
	return lines
}

func oracleItem(in Input, key schema.Key) []string {
	kind := in.Kinds[key.Kind]
	desired, wanted := in.Desired[key.Kind][key.ID]
	observed, there := in.Observed.Kinds[key.Kind].Items[key.ID]
	base, applied := in.Base[key]
	switch {
	case wanted && there:
		return oracleUpdate(in, key, desired, observed)
	case wanted && applied:
		return []string{"+ " + key.String() + " missing"}
	case wanted:
		return []string{"+ " + key.String() + " new"}
	case there && !applied && in.Prune(key.Kind) == "all" && in.Protected(key) == "":
		return []string{fmt.Sprintf("- %s foreign held=%v", key, !in.PruneForeign)}
	case there && (!applied || in.Prune(key.Kind) == "none"):
		return nil // left alone
	case there && len(oracleMoved(kind, base.Body, observed)) > 0:
		return []string{fmt.Sprintf("- %s conflict held=%v", key, !in.TakeOver || in.Protected(key) != "")}
	case there:
		return []string{fmt.Sprintf("- %s removed held=%v", key, in.Protected(key) != "")}
	default:
		return []string{"forget " + key.String()}
	}
}

func oracleUpdate(in Input, key schema.Key, desired, observed schema.Body) []string {
	base, applied := in.Base[key]
	worst, order := "", []string{"", "git", "drift", "first-contact", "conflict"}
	var lines []string
	symbol := "~"
	for path, want := range flatten(in.Kinds[key.Kind], "", map[string]any(desired), map[string]any(observed)) {
		reason := oracleField(in.Kinds[key.Kind], path, want, at(observed, path), at(base.Body, path), applied)
		if reason != "" {
			lines = append(lines, fmt.Sprintf("%s %s %s", key, path, reason))
		}
		if reason != "" && key.Kind == "lean" && (strings.HasPrefix(path+"/", "/a/") || strings.HasPrefix(path+"/", "/b/c/") || path == "/b") {
			symbol = "-/+"
		}
		worst = order[max(slices.Index(order, worst), slices.Index(order, reason))]
	}
	switch {
	case worst != "":
		held := !in.TakeOver && (worst == "conflict" || worst == "first-contact") || symbol != "~" && (in.Replace == nil || in.Protected(key) != "")
		return append(lines, fmt.Sprintf("%s %s %s held=%v", symbol, key, worst, held))
	case !applied || text(desired) != text(base.Body):
		return []string{"record " + key.String()}
	default:
		return nil
	}
}

// oracleField is the table.
func oracleField(kind schema.Kind, path string, git, peer, base any, applied bool) string {
	if secret, ok := git.(schema.Secret); ok {
		peer = base // it does not show
		git = secret.Mark()
	}
	switch {
	case same(kind, path, git, peer) && (applied || !slices.Contains(kind.Secrets, path)):
		return ""
	case !applied:
		return "first-contact"
	case base == gone: // authored for the first time
		return "git"
	case same(kind, path, git, base):
		return "drift"
	case slices.Contains(kind.Secrets, path), same(kind, path, base, peer):
		return "git"
	default:
		return "conflict"
	}
}

func oracleMoved(kind schema.Kind, base, observed schema.Body) []string {
	var paths []string
	plain := withoutSecrets(kind, base)
	for path, was := range flatten(kind, "", map[string]any(plain), map[string]any(observed)) {
		if !same(kind, path, was, at(observed, path)) {
			paths = append(paths, path)
		}
	}
	return paths
}

// gone stands for a value that is not there.
const gone = "\x00gone"

func at(body schema.Body, path string) any {
	if found, ok := schema.Lookup(map[string]any(body), path); ok {
		return found
	}
	return gone
}

// flatten gives the value of each path that is compared as one.
func flatten(kind schema.Kind, path string, v, peer any) map[string]any {
	object, isObject := v.(map[string]any)
	theirs, both := peer.(map[string]any)
	missing := peer == nil || peer == gone
	if !isObject || len(object) == 0 && path != "" || slices.Contains(kind.Atomic, path) || !both && !missing {
		return map[string]any{path: v}
	}
	all := map[string]any{}
	for name, value := range object {
		peer, there := theirs[name]
		if !there {
			peer = gone
		}
		maps.Copy(all, flatten(kind, path+"/"+name, value, peer))
	}
	return all
}

// same tells whether b does for the authored a.
func same(kind schema.Kind, path string, a, b any) bool {
	object, isObject := a.(map[string]any)
	theirs, both := b.(map[string]any)
	switch _, isSet := kind.Sets[path]; {
	case (b == nil || b == gone) && isObject && len(object) > 0 && !slices.Contains(kind.Atomic, path):
		return !slices.ContainsFunc(slices.Collect(maps.Keys(object)), func(name string) bool {
			return !same(kind, path+"/"+name, object[name], gone)
		})
	case b == nil || b == gone:
		return a == nil || kind.ZeroIsAbsent && slices.Contains([]string{"0", "false", `""`, "[]", "{}"}, text(withoutZeroes(a)))
	case isObject && both && slices.Contains(kind.Atomic, path):
		return text(withoutNulls(object)) == text(withoutNulls(theirs))
	case isObject && both:
		return !slices.ContainsFunc(slices.Collect(maps.Keys(object)), func(name string) bool {
			return !same(kind, path+"/"+name, object[name], at(theirs, "/"+name))
		})
	case isSet:
		return sortedText(a) == sortedText(b)
	default:
		return text(a) == text(b)
	}
}

func withoutNulls(object map[string]any) map[string]any {
	object = maps.Clone(object)
	maps.DeleteFunc(object, func(_ string, v any) bool { return v == nil })
	return object
}

func withoutZeroes(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	rest := map[string]any{}
	for name, value := range object {
		if plain := text(withoutZeroes(value)); !slices.Contains([]string{"null", "0", "false", `""`, "[]", "{}"}, plain) {
			rest[name] = value
		}
	}
	return rest
}

// text is a value as JSON: 1.0 is 1, a secret its mark.
func text(v any) string {
	if body, ok := v.(schema.Body); ok && body == nil {
		return "{}"
	}
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func sortedText(v any) string {
	list, ok := v.([]any)
	if !ok {
		return text(v)
	}
	var all []string
	for _, element := range list {
		all = append(all, text(element))
	}
	slices.Sort(all)
	return "[" + strings.Join(all, ",") + "]"
}
