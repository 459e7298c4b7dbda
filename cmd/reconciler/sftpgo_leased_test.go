//go:build sftpgo

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSFTPGoLeased: beside each server is a sidecar that makes the rule and takes it away, by curl, while it has the
// lease of it. Whoever is cut off or killed, no upload is told of by two.
func TestSFTPGoLeased(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("the sidecars' commands are curl's, so install it: ", err)
	}
	p := newLeasedParty(t)
	first, stop := p.uploading()

	from := p.now()
	p.reconciler("roles", "switchover", "report", "--to", without(serialsOf(p.servers), first)[0])
	p.follows(from, first)
	for range 2 {
		holder, from := p.holder(), p.now()
		p.gates[holder].cut.Store(true)
		p.follows(from, holder)
		p.gates[holder].cut.Store(false)
	}
	p.kill()
	p.names.wait("told of by nobody", func(took, told []string) bool { return len(took) == len(p.servers) && len(told) == 0 })
	p.served = newServed(t, p.served.dir)
	for serial := range p.servers {
		p.says(0, serial+`: LIVE`)
	}
	p.names.tells(p.holder())

	end := p.names.next()
	stop()
	for _, name := range p.names.twice(0, end) {
		t.Errorf("told of by two: %s", name)
	}
	t.Logf("%d uploads to all: none told of by two, %d by nobody", end, p.names.missed(end))
}

// follows waits until another than the holder tells of uploads.
func (p *party) follows(from int, holder string) {
	p.t.Helper()
	p.names.tells(p.says(from, `<> report/0: `+holder+` -> (\d+), epoch`)[1])
}

func newLeasedParty(t *testing.T) *party {
	node := filepath.Join(t.TempDir(), "node")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", node, "../node").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p := newServers(t, func(p *party, serial string) { p.gates[serial] = newCuttable(t, p.sidecar(node, serial)) })
	p.begin(p.leasedConfig)
	return p
}

const ruleJSON = `{"name": "report", "status": 1, "trigger": 1, "conditions": {"fs_events": ["upload"], "options": {"event_statuses": [1]}},
"actions": [{"name": "tell", "order": 1, "relation_options": {"execute_sync": true}}]}`

// sidecar starts that of a server, and returns where it listens.
func (p *party) sidecar(node, serial string) string {
	rules := p.servers[serial].URL() + "/api/v2/eventrules"
	ask := `curl -sS -m 3 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $(curl -sS -m 3 -u reconciler:admin-password ` +
		p.servers[serial].URL() + `/api/v2/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')" `
	off := `code=$(` + ask + `-X DELETE ` + rules + `/report); test $code = 200 -o $code = 404`
	on := off + `; code=$(` + ask + `-d '` + ruleJSON + `' ` + rules + `); test $code = 201`
	cmd := exec.CommandContext(context.WithoutCancel(p.t.Context()), node, "--name", serial, "--dir", filepath.Join(p.dir, serial+"-sidecar"),
		"--listen", "127.0.0.1:0", "--places", "report/0", "--on-start", on, "--on-stop", off)
	cmd.Stderr = p.t.Output()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Kill) // it is stopped for good
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimSpace(line), "listening on ")
}

// leasedConfig is what Git wants: all but the rule, which is the sidecars' affair.
func (p *party) leasedConfig(public, counting string) string {
	address := func(serial string) string {
		return fmt.Sprintf("address: %q, sidecar: address: %q", p.servers[serial].URL(), p.gates[serial].URL)
	}
	return p.cluster(public, counting, address, `
	leave: rule: ["report"]
	health: {probe: "1s", timeout: "1s", dead: "20s", rise: 1, lease: "6s"}
	roles: report: {fencing: "leased", settle: "0s", stopWithin: "2s"}`)
}
