package node

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkEmbedded holds 100 nodes of 1000 items of ten fields each in one
// process, as a demo or a test of many peers does, and measures what an item
// costs: of Go's heap, of the process's memory without the files (which the
// system may drop at any time), and of the disk.
func BenchmarkEmbedded(b *testing.B) {
	const nodes, items = 100, 1000
	for b.Loop() {
		dir, heap, anonymous := b.TempDir(), heapBytes(), anonymousBytes(b)
		opened := make([]*Node, nodes)
		for i := range opened {
			opened[i] = openNode(b, fmt.Sprintf("%s/%d", dir, i), Options{NoSync: true})
			opened[i].do("POST", "/v1/kinds/host/items", manyItems(items))
		}
		for _, n := range opened {
			n.do("GET", "/v1/status", "")
			n.do("GET", "/v1/kinds/host/items?limit=1000", "")
		}
		b.ReportMetric((heapBytes()-heap)/(nodes*items), "heap-B/item")
		b.ReportMetric((anonymousBytes(b)-anonymous)/(nodes*items), "anonymous-B/item")
		info, err := os.Stat(dir + "/0/" + fileName)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/items, "disk-B/item")
		for _, n := range opened {
			if got := n.status(b).Kinds["host"].Count; got != items {
				b.Fatalf("%d items", got)
			}
			_ = n.Close()
		}
	}
}

// manyItems is a bulk write.
func manyItems(count int) string {
	var b strings.Builder
	for i := range count {
		fmt.Fprintf(&b, `,{"id":"host-%04d","body":{"a":%d,"b":"bravo","c":true,"d":["x","y"],"e":"as2.globex.example","f":"inbox","g":22,"h":"","i":{"j":1},"k":"kilo"}}`, i, i)
	}
	return `{"items":[` + b.String()[1:] + "]}"
}

func heapBytes() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// anonymousBytes is the resident memory that no file backs, 0 where the system does not say.
func anonymousBytes(b *testing.B) float64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "RssAnon:" {
			kilobytes, err := strconv.ParseFloat(fields[1], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kilobytes * 1024
		}
	}
	return 0
}

// BenchmarkStatus is what a node costs that did not change.
func BenchmarkStatus(b *testing.B) {
	n := newNode(b, Options{})
	n.do("POST", "/v1/kinds/host/items", manyItems(1000))
	for b.Loop() {
		n.do("GET", "/v1/status", "")
	}
}

// BenchmarkList is a page of 1000 items.
func BenchmarkList(b *testing.B) {
	n := newNode(b, Options{})
	n.do("POST", "/v1/kinds/host/items", manyItems(1000))
	for b.Loop() {
		n.do("GET", "/v1/kinds/host/items?limit=1000", "")
	}
}
