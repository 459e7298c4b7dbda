package load

import (
	"fmt"
	"strings"
	"testing"
)

// sized is a configuration of so many peers and items, a hundred of these to a file, as a large site's is.
func sized(peers, items int) Input {
	in := Input{Files: map[string][]byte{}, Dir: "."}
	var b strings.Builder
	b.WriteString("package mft\nimport \"github.com/gitops-reconciler/reconciler/providers/sftpgo\"\n" +
		"cluster: sftpgo.#Cluster & {\n\tname: \"mft\"\n\tpeers: [_]: credentials: {user: \"admin\", password: \"env:PW\"}\n\tpeers: {\n")
	for i := range peers {
		fmt.Fprintf(&b, "\t\t\"%d\": address: \"https://n%d.example:8443\"\n", 1001+i, i)
	}
	b.WriteString("\t}\n}\n")
	in.Files["cluster.cue"] = []byte(b.String())
	for first := 0; first < items; first += 100 {
		var b strings.Builder
		b.WriteString("package mft\n\ncluster: items: user: {\n")
		for i := first; i < min(first+100, items); i++ {
			fmt.Fprintf(&b, "\tu%05d: {\n\t\thome_dir: \"/srv/u%[1]d\"\n\t\temail: \"u%[1]d@example.org\"\n\t\tdescription: \"user %[1]d\"\n"+
				"\t\tmax_sessions: %[2]d\n\t\tquota_files: 100\n\t\tquota_size: 1000\n\t\tpassword: \"env:U%[1]d\"\n\t\tstatus: 1\n\t\tuid: 7\n\t\tgid: 8\n\t}\n", i, i%7+1)
		}
		b.WriteString("}\n")
		in.Files[fmt.Sprintf("users%04d.cue", first/100)] = []byte(b.String())
	}
	return in
}

// BenchmarkLoad is the evaluation alone; bench/load measures whole processes.
func BenchmarkLoad(b *testing.B) {
	for _, size := range []struct{ peers, items int }{{1000, 1000}, {1000, 10_000}, {10, 50_000}} {
		b.Run(fmt.Sprintf("%dx%d", size.peers, size.items), func(b *testing.B) {
			in := sized(size.peers, size.items)
			b.ReportAllocs()
			for b.Loop() {
				if r := Load(in); r.Cluster == nil {
					b.Fatal(r.Problems)
				}
			}
		})
	}
}
