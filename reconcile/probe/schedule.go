package probe

import (
	"hash/fnv"
	"time"
)

// schedule is tasks by when they are due; it is a container/heap.
type schedule []*task

// Len is how many there are.
func (s schedule) Len() int { return len(s) }

// Less tells which is due first.
func (s schedule) Less(i, j int) bool { return s[i].due.Before(s[j].due) }

// Swap swaps two, which know where they are.
func (s schedule) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].place, s[j].place = i, j
}

// Push adds a *task.
func (s *schedule) Push(x any) {
	t := x.(*task)
	t.place = len(*s)
	*s = append(*s, t)
}

// Pop takes the last one.
func (s *schedule) Pop() any {
	last := len(*s) - 1
	t := (*s)[last]
	(*s)[last] = nil
	*s, t.place = (*s)[:last], -1
	return t
}

// phase is when within an interval a peer is asked: always the same for the same peer, and spread evenly over
// all of them, so that they are never asked all at once, not even after a restart.
func phase(serial string, deep bool, every time.Duration) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(serial)) // it cannot fail
	if deep {
		_, _ = h.Write([]byte("/deep"))
	}
	return time.Duration(h.Sum64() % uint64(every))
}
