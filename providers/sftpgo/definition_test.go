package sftpgo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// evaluate loads a cluster with the items; its problems are in one text.
func evaluate(items string) (*schema.Cluster, string) {
	cluster := "package x\n\nimport \"github.com/gitops-reconciler/reconciler/providers/sftpgo\"\n\n" +
		"cluster: sftpgo.#Cluster & {name: \"x\", items: {" + items + "}}\n"
	result := load.Load(load.Input{Dir: ".", Files: map[string][]byte{"cluster.cue": []byte(cluster)}})
	var problems strings.Builder
	for _, problem := range result.Problems {
		_, _ = fmt.Fprintln(&problems, problem)
	}
	return result.Cluster, problems.String()
}

func provider(t *testing.T) schema.Provider {
	t.Helper()
	cluster, problems := evaluate("")
	if cluster == nil {
		t.Fatal(problems)
	}
	return cluster.Provider
}

// TestWhatSFTPGoWouldChangeIsRefused: it would be different on the peer for ever.
func TestWhatSFTPGoWouldChangeIsRefused(t *testing.T) {
	const absolute, clean = "an absolute path without a slash at the end", "a path without //, /./ and /../"
	for items, want := range map[string]string{
		`folder: f: mapped_path: "/srv/f"`:                                                            "",
		`folder: f: mapped_path: "/"`:                                                                 "",
		`folder: f: mapped_path: "/.srv/..f"`:                                                         "",
		`folder: f: mapped_path: "srv"`:                                                               absolute,
		`folder: f: mapped_path: "/srv/"`:                                                             absolute,
		`folder: f: mapped_path: "/srv//f"`:                                                           clean,
		`folder: f: mapped_path: "/srv/../f"`:                                                         clean,
		`folder: f: mapped_path: "/srv/.."`:                                                           clean,
		`folder: f: mapped_path: "/./srv"`:                                                            clean,
		`group: g: user_settings: home_dir: "/%username%"`:                                            "",
		`group: g: user_settings: home_dir: "/srv/"`:                                                  absolute,
		`group: g: user_settings: permissions: {"/": ["list"], "/a": ["*"]}`:                          "",
		`group: g: user_settings: permissions: {"/": ["list", "*"]}`:                                  `["*"], or permissions that SFTPGo knows`,
		`group: g: user_settings: permissions: {"/": ["lst"]}`:                                        `["*"], or permissions that SFTPGo knows`,
		`group: g: user_settings: permissions: {"/": ["list"], "/a/": ["*"]}`:                         "there is no field",
		`group: g: user_settings: permissions: {"/": ["list"], "/a/../b": ["*"]}`:                     "there is no field",
		`user: u: {home_dir: "/u", permissions: {"/": ["list", "list"]}}`:                             "nothing twice",
		`user: u: {home_dir: "/u", public_keys: ["ssh-x", "ssh-x"]}`:                                  "nothing twice",
		`user: u: {home_dir: "/u", filters: denied_ip: ["::/0", "::/0"]}`:                             "nothing twice",
		`user: u: {home_dir: "/u", filters: allowed_ip: ["192.0.2.1"]}`:                               "a network with its prefix length",
		`group: g: virtual_folders: [{name: "f", virtual_path: "/f", quota_size: 7}]`:                 "both are -1, or neither",
		`group: g: virtual_folders: [{name: "f", virtual_path: "/f", quota_size: 7, quota_files: 0}]`: "",
		`user: u: {home_dir: "/u", homedir: "/u"}`:                                                    "there is no field",
	} {
		_, got := evaluate(items)
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", items, got, want)
		}
	}
}

func TestDefaults(t *testing.T) {
	cluster, problems := evaluate(`user: u: {home_dir: "/u", groups: [{name: "g"}], virtual_folders: [{name: "f", virtual_path: "/f"}]}`)
	if cluster == nil {
		t.Fatal(problems)
	}
	got := fmt.Sprint(cluster.Items["user"]["u"])
	if want := "map[groups:[map[name:g type:1]] home_dir:/u permissions:map[/:[*]] status:1 virtual_folders:[map[name:f quota_files:-1 quota_size:-1 virtual_path:/f]]]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
