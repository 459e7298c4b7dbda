//go:build linux

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"

	"github.com/gitops-reconciler/reconciler/bench/measure"
)

// beside is each step, and the raw one that it is compared with.
var beside = [][2]string{ //nolint:gochecknoglobals // a constant, if there were such
	{"raw listing", ""},
	{"plan, cold cache", "raw listing"},
	{"plan, cached", "raw listing"},
	{"plan, 1% changed", "raw listing"},
	{"validate, cold", ""},
	{"validate, cached", ""},
	{"raw creates", ""},
	{"first apply", "raw creates"},
	{"raw updates", ""},
	{"apply, all changed", "raw updates"},
	{"raw updates, 1%", ""},
	{"apply, 1% changed", "raw updates, 1%"},
}

// counted does everything once more, not for its time: between us and the servers stands who counts.
func (b *bench) counted(ctx context.Context, addresses []string) (map[string]int64, error) {
	var requests atomic.Int64
	var through []string
	for _, address := range addresses {
		target, err := url.Parse(address)
		if err != nil {
			return nil, err
		}
		proxy := httputil.NewSingleHostReverseProxy(target)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			proxy.ServeHTTP(w, r)
		}))
		defer server.Close()
		through = append(through, server.URL)
	}
	counts := map[string]int64{}
	b.done = func(step string) { counts[step] = requests.Swap(0) }
	return counts, b.round(ctx, through)
}

func (b *bench) report(requests map[string]int64, err error) error {
	for _, row := range beside {
		m := measure.Median(b.took[row[0]])
		fmt.Printf("%-19s cpu %6.0f ms  rss %3d MB  %5d requests  wall %6.0f ms", row[0],
			measure.Milliseconds(m.CPU), m.RSS>>10, requests[row[0]], measure.Milliseconds(m.Wall))
		if row[1] != "" {
			fmt.Printf(" (%.2f x raw)", float64(m.Wall)/float64(measure.Median(b.took[row[1]]).Wall))
		}
		fmt.Println()
	}
	return err
}
