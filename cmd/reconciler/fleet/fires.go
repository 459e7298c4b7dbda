package fleet

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Fire is one time at which a node ran a schedule, as it logged it.
type Fire struct {
	Serial   string
	Schedule string
	Due      time.Time // UTC
	Epoch    uint64    // at which the node held the schedule's role; 0: it has none
}

// Act is something that a node did about a place, as it logged it.
type Act struct {
	Place string
	At    time.Time // by the node's clock, to the millisecond
	Epoch uint64    // the highest that it had seen
	Act   string    // start, stop, passive...
}

// Fires are those of all nodes since the beginning, by due time and node. What a node logged it did, also if it was
// killed a moment later.
func (f *Fleet) Fires() ([]Fire, error) {
	var fires []Fire
	line := regexp.MustCompile(`(?m)^time=\S+ level=INFO msg=fire schedule=(\S+) due=(\S+)(?: role=\S+ epoch=(\d+))?$`)
	for _, serial := range f.Serials {
		err := f.logged(serial, line, func(part []string) (err error) {
			fire := Fire{Serial: serial, Schedule: part[1]}
			fire.Due, err = time.Parse(time.RFC3339, part[2])
			if part[3] != "" && err == nil {
				fire.Epoch, err = strconv.ParseUint(part[3], 10, 64)
			}
			fires = append(fires, fire)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(fires, func(a, b Fire) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Serial, b.Serial)) })
	return fires, nil
}

// Acts are what a node did about its places, in order.
func (f *Fleet) Acts(serial string) (acts []Act, err error) {
	line := regexp.MustCompile(`(?m)^time=(\S+) level=INFO msg=place place=(\S+) epoch=(\d+) act="?([a-z ]+)"?$`)
	err = f.logged(serial, line, func(part []string) error {
		at, err := time.Parse(time.RFC3339, part[1])
		epoch, wrong := strconv.ParseUint(part[3], 10, 64)
		acts = append(acts, Act{part[2], at, epoch, part[4]})
		return errors.Join(err, wrong)
	})
	return acts, err
}

func (f *Fleet) logged(serial string, line *regexp.Regexp, each func([]string) error) error {
	text, err := os.ReadFile(f.log(serial))
	if err != nil {
		return err
	}
	for _, part := range line.FindAllStringSubmatch(string(text), -1) {
		if err := each(part); err != nil {
			return fmt.Errorf("%s: %s: %w", f.log(serial), part[0], err)
		}
	}
	return nil
}

// Twice are the due times that more than one node ran, or one node more than once: none, if a place has one holder.
func Twice(fires []Fire) (twice []string) {
	type due struct {
		schedule string
		at       time.Time
	}
	first := map[due]Fire{}
	for _, f := range fires {
		key := due{f.Schedule, f.Due}
		if before, ran := first[key]; ran {
			twice = append(twice, fmt.Sprintf("%s of %s ran on %s at epoch %d, and on %s at epoch %d", f.Schedule, f.Due.Format(time.RFC3339Nano), before.Serial, before.Epoch, f.Serial, f.Epoch))
			continue
		}
		first[key] = f
	}
	return twice
}

// Fallen are the fires, of those of one role by due time, at an epoch that is not above all that other nodes had fired
// at before.
func Fallen(fires []Fire) (fallen []string) {
	var highest Fire
	for _, f := range fires {
		if f.Epoch < highest.Epoch || f.Epoch == highest.Epoch && f.Serial != highest.Serial && highest.Serial != "" {
			fallen = append(fallen, fmt.Sprintf("%s fired at %s at epoch %d, after %s had at epoch %d", f.Serial, f.Due.Format(time.RFC3339Nano), f.Epoch, highest.Serial, highest.Epoch))
			continue
		}
		highest = f
	}
	return fallen
}

// Missed is how many due times between the first fire and the last nobody ran, of one schedule that is due so often.
func Missed(fires []Fire, every time.Duration) int {
	if len(fires) == 0 {
		return 0
	}
	ran := map[time.Time]bool{}
	for _, f := range fires {
		ran[f.Due] = true
	}
	due := int(fires[len(fires)-1].Due.Sub(fires[0].Due)/every) + 1
	return due - len(ran)
}
