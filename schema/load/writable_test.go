package load

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWritable: what people may write of a kind is what its schema names, and no more.
func TestWritable(t *testing.T) {
	result := Load(one(`package p

import "github.com/gitops-reconciler/reconciler/providers/sftpgo"

cluster: sftpgo.#Cluster & {
	name: "c"
	peers: "1": {address: "x", credentials: {user: "u", password: "env:P"}}
	#provider: kinds: closed: {class: "hosts", api: _, #body: #Closed}
	#provider: kinds: open: {class: "hosts", api: _, #body: {a?: string, ...}}
}
#Closed: {
	"a/~b"?: string
	list?: [...string]
	either?: {type!: "a", x?: int} | {type!: "b", y?: int}
	any?: [string]: int
	some?: [=~"^x"]: int
	default: #Some & (*{"/": ["*"]} | _)
	again?: #Closed
}
#Some: [=~"^/"]: [...string]
`))
	if len(result.Problems) > 0 {
		t.Fatal(result.Problems)
	}
	kinds := result.Cluster.Provider.Kinds
	for kind, want := range map[string][]string{
		"folder": {"/description", "/mapped_path"},
		"open":   nil,
		"closed": {"/again", "/any", "/a~1~0b", "/default", "/either/type", "/either/x", "/either/y", "/list", "/some"},
		"group": {
			"/description", "/user_settings/expires_in",
			"/user_settings/filters/allowed_ip", "/user_settings/filters/denied_ip",
			"/user_settings/filters/denied_login_methods", "/user_settings/filters/denied_protocols",
			"/user_settings/filters/max_upload_file_size", "/user_settings/home_dir",
			"/user_settings/max_sessions", "/user_settings/permissions",
			"/user_settings/quota_files", "/user_settings/quota_size",
			"/virtual_folders/*/name", "/virtual_folders/*/quota_files",
			"/virtual_folders/*/quota_size", "/virtual_folders/*/virtual_path",
		},
	} {
		got := kinds[kind].Fields
		if kind == "folder" || kind == "group" { // a product's, which may have more
			got = slices.DeleteFunc(slices.Clone(got), func(field string) bool { return !slices.Contains(want, field) })
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got:\n%s", kind, d)
		}
	}
}
