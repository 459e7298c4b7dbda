// Package sftpgo_test holds the definition of SFTPGo to what its real server does.
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

// TestWhatSFTPGoWouldChangeIsRefused: it would be different on the peer for ever. Each line is an item, and
// what is said of it.
func TestWhatSFTPGoWouldChangeIsRefused(t *testing.T) {
	const absolute, clean, unknown = "an absolute path without a slash at the end", "a path without //, /./ and /../", "there is no field"
	lines := []struct{ item, want string }{
		{`folder: X: mapped_path: "/srv/f"`, ""},
		{`folder: X: mapped_path: "/"`, ""},
		{`folder: X: mapped_path: "/.srv/..f"`, ""},
		{`folder: X: mapped_path: "srv"`, absolute},
		{`folder: X: mapped_path: "/srv/"`, absolute},
		{`folder: X: mapped_path: "/srv//f"`, clean},
		{`folder: X: mapped_path: "/srv/../f"`, clean},
		{`folder: X: mapped_path: "/srv/.."`, clean},
		{`folder: X: mapped_path: "/./srv"`, clean},
		{`folder: X: {}`, "mapped_path"},
		{`folder: X: filesystem: {provider: 4, cryptconfig: passphrase: "env:A"}`, "mapped_path"},
		{`folder: X: {mapped_path: "/f", filesystem: {provider: 4, cryptconfig: passphrase: "sesame"}}`, "a reference to a secret"},
		{`folder: X: {mapped_path: "/f", filesystem: cryptconfig: passphrase: "env:A"}`, "belongs to provider 4"},
		{`folder: X: filesystem: {provider: 1, s3config: {bucket: "b", key_prefix: "a/"}}`, ""},
		{`folder: X: filesystem: {provider: 1, s3config: {bucket: "b", key_prefix: "a"}}`, "a slash at its beginning"},
		{`folder: X: filesystem: {provider: 1, s3config: {bucket: "b", key_prefix: "a/../b/"}}`, "without ./ and ../"},
		{`folder: X: filesystem: {provider: 1, s3config: {bucket: "b", acl: " private"}}`, "without spaces"},
		{`folder: X: filesystem: {provider: 1, s3config: {bucket: "b", session_token: "t"}}`, unknown},
		{`folder: X: filesystem: {provider: 2, gcsconfig: {bucket: "b", automatic_credentials: 1, credentials: "env:A"}}`, "since automatic_credentials is 1"},
		{`folder: X: filesystem: {provider: 5, sftpconfig: {endpoint: "a", username: "u"}}`, "a host and its port"},
		{`folder: X: filesystem: {provider: 6, httpconfig: endpoint: "https://a/"}`, "without a slash at the end"},
		{`folder: " X": mapped_path: "/f"`, "a name without spaces at either end"},
		{`group: X: user_settings: home_dir: "/%username%"`, ""},
		{`group: X: user_settings: home_dir: "/srv/"`, absolute},
		{`group: X: user_settings: permissions: {"/": ["list"], "/a": ["*"]}`, ""},
		{`group: X: user_settings: permissions: {"/": ["list", "*"]}`, `["*"], or permissions that SFTPGo knows`},
		{`group: X: user_settings: permissions: {"/": ["lst"]}`, `["*"], or permissions that SFTPGo knows`},
		{`group: X: user_settings: permissions: {"/": ["list"], "/a/": ["*"]}`, unknown},
		{`group: X: user_settings: permissions: {"/": ["list"], "/a/../b": ["*"]}`, unknown},
		{`group: X: user_settings: {total_data_transfer: 1, upload_data_transfer: 1}`, "0, since total_data_transfer stands instead of it"},
		{`group: X: user_settings: {total_data_transfer: 1, upload_data_transfer: 0}`, ""},
		{`group: X: user_settings: filters: tls_certs: []`, unknown},
		{`group: X: user_settings: filters: file_patterns: [{path: "/", denied_patterns: ["*.EXE"]}]`, "a pattern in lower case"},
		{`user: X: {home_dir: "/u", permissions: {"/": ["list", "list"]}}`, "nothing twice"},
		{`user: X: {home_dir: "/u", public_keys: ["ssh-x", "ssh-x"]}`, "nothing twice"},
		{`user: X: {home_dir: "/u", filters: denied_ip: ["::/0", "::/0"]}`, "nothing twice"},
		{`user: X: {home_dir: "/u", filters: allowed_ip: ["192.0.2.1"]}`, "a network with its prefix length"},
		{`user: X: {home_dir: "/u", filters: access_time: [{day_of_week: 1, from: "8:00", to: "09:00"}]}`, "a time as in 08:30"},
		{`user: X: {home_dir: "/u", filters: start_directory: "/"}`, "start_directory"},
		{`user: X: {home_dir: "/u", total_data_transfer: 5, download_data_transfer: 5}`, "0, since total_data_transfer stands instead of it"},
		{`group: X: virtual_folders: [{name: "f", virtual_path: "/f", quota_size: 7}]`, "both are -1, or neither"},
		{`group: X: virtual_folders: [{name: "f", virtual_path: "/f", quota_size: 7, quota_files: 0}]`, ""},
		{`user: X: {home_dir: "/u", homedir: "/u"}`, unknown},
		{`admin: X: permissions: ["*"]`, ""},
		{`admin: X: permissions: ["*", "view_users"]`, `["*"], or permissions that SFTPGo knows`},
		{`admin: X: permissions: []`, "permissions"},
		{`action: X: type: 4`, ""},
		{`action: X: {type: 4, options: http_config: endpoint: "https://a"}`, "belongs to actions of type 1"},
		{`action: X: type: 1`, "options is required"},
		{`action: X: {type: 1, options: {http_config: endpoint: "https://a", cmd_config: cmd: "/a"}}`, "belongs to actions of type 2"},
		{`action: X: {type: 1, options: http_config: {endpoint: "https://a", parts: [{name: "p", body: "b", filepath: "/f"}]}}`, "since the part has a filepath"},
		{`action: X: {type: 9, options: fs_config: {type: 2, deletes: ["/a"], mkdirs: ["/b"]}}`, "belongs to type 3 of fs_config"},
		{`action: X: {type: 9, options: fs_config: {type: 2, deletes: ["/a/"]}}`, absolute},
		{`rule: X: {trigger: 3, conditions: schedules: [{hour: "*/2"}], actions: [{name: "a"}]}`, ""},
		{`rule: X: {trigger: 3, conditions: {schedules: [{hour: "2"}], options: names: [{pattern: "a"}]}, actions: [{name: "a"}]}`, ""},
		{`rule: X: {trigger: 3, conditions: schedules: [{hour: "2 * *"}], actions: [{name: "a"}]}`, "a field of cron"},
		{`rule: X: {trigger: 3, conditions: {schedules: [{hour: "2"}], fs_events: ["upload"]}, actions: [{name: "a"}]}`, "since the trigger is another"},
		{`rule: X: {trigger: 3, conditions: {schedules: [{hour: "2"}], options: fs_paths: [{pattern: "/a"}]}, actions: [{name: "a"}]}`, "since it says nothing to the trigger"},
		{`rule: X: {trigger: 4, conditions: options: names: [{pattern: "a"}], actions: [{name: "a"}]}`, "since it says nothing to the trigger"},
		{`rule: X: {trigger: 4, conditions: options: concurrent_execution: true, actions: [{name: "a"}]}`, unknown},
		{`rule: X: {trigger: 4, actions: []}`, "actions"},
		{`rule: X: {trigger: 4, actions: [{name: "a"}, {name: "b"}]}`, "each has an order of its own"},
		{`allowed: "192.0.2.0/24": {}`, ""},
		{`allowed: "2001:db8::/32": {}`, ""},
		{`allowed: "192.0.2.1": {}`, "a network with its prefix length, in lower case"},
		{`allowed: "2001:DB8::/32": {}`, "a network with its prefix length, in lower case"},
		{`allowed: "::ffff:192.0.2.1/128": {}`, "a network with its prefix length, in lower case"},
		{`allowed: "192.0.3.0/24": protocols: 15`, "all four are 0"},
		{`allowed: "192.0.4.0/24": mode: 2`, unknown},
		{`defender: "192.0.2.0/24": {}`, "mode"},
	}
	items := "\n"
	for i, line := range lines {
		items += strings.Replace(line.item, "X", fmt.Sprint("x", i), 1) + "\n"
	}
	_, problems := evaluate(items)
	for i, line := range lines {
		said := about(problems, fmt.Sprintf("cluster.cue:%d:", 6+i))
		if (said == "") != (line.want == "") || !strings.Contains(said, line.want) {
			t.Errorf("%s:\n got %q\nwant %q", line.item, said, line.want)
		}
	}
}

// about are the problems at a place.
func about(problems, place string) string {
	var said []string
	for problem := range strings.Lines(problems) {
		if strings.HasPrefix(problem, place) {
			said = append(said, problem)
		}
	}
	return strings.Join(said, "")
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
