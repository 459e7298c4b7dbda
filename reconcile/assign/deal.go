package assign

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// MarshalJSON writes an object of KIND/ID to number.
func (d Deal) MarshalJSON() ([]byte, error) {
	texts := make(map[string]int, len(d))
	for key, place := range d {
		texts[key.String()] = place
	}
	return json.Marshal(texts)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Deal) UnmarshalJSON(data []byte) error {
	var texts map[string]int
	if err := json.Unmarshal(data, &texts); err != nil {
		return err
	}
	*d = make(Deal, len(texts))
	for text, place := range texts {
		kind, id, ok := strings.Cut(text, "/")
		if !ok {
			return fmt.Errorf("deal: %q: want KIND/ID", text)
		}
		(*d)[schema.Key{Kind: kind, ID: id}] = place
	}
	return nil
}

// deal shares the items of a spread role out among its places, those that are held now: as long as a place has
// not been taken away from a lost holder, that one may still run its items. Items that the same places can run are
// dealt together: each place gets as many, give or take one. An item stays where it was as long as that is even.
func (t *table) deal() Deal {
	deal := Deal{}
	total := map[int]int{}
	for _, hand := range t.hands() {
		d := dealer{places: hand.places, quota: map[int]int{}, total: total, deal: deal}
		d.play(hand.items, t.in.Deal[t.name])
	}
	return deal
}

// hand is items that the same places can run.
type hand struct {
	places []int
	items  []schema.Key
}

// dealer deals one hand.
type dealer struct {
	places []int
	quota  map[int]int // by place: so many more of this hand
	total  map[int]int // by place: so many of all hands
	deal   Deal
}

// play deals the items: first those that can stay, then the others in turn.
func (d dealer) play(items []schema.Key, before Deal) {
	d.fix(items, before)
	var rest []schema.Key
	for _, key := range items {
		if place, dealt := before[key]; dealt && d.quota[place] > 0 {
			d.give(key, place)
		} else {
			rest = append(rest, key)
		}
	}
	for len(rest) > 0 {
		for _, place := range d.places {
			if len(rest) > 0 && d.quota[place] > 0 {
				d.give(rest[0], place)
				rest = rest[1:]
			}
		}
	}
}

// fix says how many each place gets. Those that are left over go to places that have more of the items already,
// then to those that have less of everything.
func (d dealer) fix(items []schema.Key, before Deal) {
	had := map[int]int{}
	for _, key := range items {
		if place, dealt := before[key]; dealt {
			had[place]++
		}
	}
	order := slices.Clone(d.places)
	each, over := len(items)/len(order), len(items)%len(order)
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(compareBool(had[a] <= each, had[b] <= each), cmp.Compare(d.total[a], d.total[b]))
	})
	for i, place := range order {
		d.quota[place] = each
		if i < over {
			d.quota[place]++
		}
	}
}

func (d dealer) give(key schema.Key, place int) {
	d.deal[key] = place
	d.quota[place]--
	d.total[place]++
}

// hands are the items that a role runs, those together that the same places can run; first those that the fewest
// can.
func (t *table) hands() []hand {
	carriers := t.carriers()
	by := map[schema.Key][]int{}
	for i, c := range carriers {
		for _, key := range t.carries(c.serial) {
			by[key] = append(by[key], i)
		}
	}
	var hands []hand
	index := map[string]int{}
	for _, key := range slices.SortedFunc(maps.Keys(by), compareKeys) {
		like := fmt.Sprint(by[key])
		i, known := index[like]
		if !known {
			i = len(hands)
			index[like] = i
			hands = append(hands, hand{places: places(carriers, by[key])})
		}
		hands[i].items = append(hands[i].items, key)
	}
	slices.SortStableFunc(hands, func(a, b hand) int { return cmp.Compare(len(a.places), len(b.places)) })
	return hands
}

// places are those of several carriers, in order.
func places(carriers []carrier, which []int) []int {
	var all []int
	for _, i := range which {
		all = append(all, carriers[i].places...)
	}
	slices.Sort(all)
	return all
}

func compareKeys(a, b schema.Key) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), schema.CompareSerials(a.ID, b.ID))
}
