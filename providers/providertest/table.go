package providertest

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// table is what cases.cue says beside its four clusters. All of it is optional.
type table struct {
	states map[string]schema.Items // what items may look like, beside created and changed
	words  map[string]string       // by kind/id: a regular expression for what the server says of a refused item
	many   map[string]int          // by kind: how many of its items are made together
	names  map[string]string       // by kind: ids that it may have, with a verb for a number
}

// inCUE is the file beside cases.cue that makes a cluster of one of its own, with the table as its note.
func inCUE(name string) string {
	return `package cases

import "encoding/json"

states: [string]: _
words: [string]:  string
many: [string]:   int & >0
names: [string]:  =~"%[0-9]*d"
_states: {for name, state in states {(name): state.items}}
cluster: ` + name + ` & {note: json.Marshal({"states": _states, "words": words, "many": many, "names": names})}
`
}

func tabled(t testing.TB, note string) table {
	t.Helper()
	value, err := schema.DecodeValue([]byte(note))
	if err != nil {
		t.Fatal(err)
	}
	all := value.(map[string]any)
	read := table{states: map[string]schema.Items{}, words: map[string]string{}, many: map[string]int{}, names: map[string]string{}}
	for name, state := range all["states"].(map[string]any) {
		read.states[name] = itemsOf(state)
	}
	for at, words := range all["words"].(map[string]any) {
		read.words[at] = words.(string)
	}
	for kind, n := range all["many"].(map[string]any) {
		read.many[kind] = int(n.(int64))
	}
	for kind, name := range all["names"].(map[string]any) {
		read.names[kind] = name.(string)
	}
	return read
}

func itemsOf(value any) schema.Items {
	items := schema.Items{}
	for kind, bodies := range value.(map[string]any) {
		items[kind] = map[string]schema.Body{}
		for id, body := range bodies.(map[string]any) {
			items[kind][id] = body.(map[string]any)
		}
	}
	return items
}

// name is the id of an item that no case names.
func (c table) name(kind string, n int) string {
	return fmt.Sprintf(cmp.Or(c.names[kind], "many-%05d"), n)
}
