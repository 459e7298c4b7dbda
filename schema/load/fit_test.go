package load

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

func fitted(t testing.TB, cluster string, shown Shown) []Fitted {
	t.Helper()
	data, err := json.Marshal(shown)
	if err != nil {
		t.Fatal(err)
	}
	result := Load(Input{Dir: ".", Files: map[string][]byte{"cluster.cue": []byte(cluster)}, Fit: data})
	if result.Fits == nil {
		t.Fatalf("no fits: %v", result.Problems)
	}
	if result.Fits.Package != "mft" {
		t.Errorf("package %q, want mft", result.Fits.Package)
	}
	return result.Fits.Items
}

func found(t testing.TB, kind, id, body string) Found {
	t.Helper()
	f := Found{Key: schema.Key{Kind: kind, ID: id}}
	if err := json.Unmarshal([]byte(body), &f.Body); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFit takes items as servers show them back to what was written.
func TestFit(t *testing.T) {
	for _, c := range []struct {
		name, cluster, kind, id, shown string
		secrets                        bool
		want                           string // Fitted, without its key and what is whole
	}{
		{
			name: "what the server adds, and what is so by default, is left out", cluster: sftpgoCluster, kind: "user", id: "alice",
			shown: `{"id":1,"username":"alice","status":1,"created_at":1700000000000,"home_dir":"/srv/alice","permissions":{"/":["*"]},"email":"","uid":0,
				"groups":[{"name":"partners","type":1}],"filters":{"hooks":{"external_auth_disabled":false},"denied_protocols":["FTP"]},"filesystem":{"provider":0,"s3config":{}}}`,
			want: `{"written":{"filters":{"denied_protocols":["FTP"]},"groups":[{"name":"partners"}],"home_dir":"/srv/alice"},"dropped":["/created_at","/id"]}`,
		},
		{
			name: "a zero that the server leaves out is written where the default is another", cluster: sftpgoCluster, kind: "user", id: "bob",
			shown: `{"username":"bob","home_dir":"/srv/bob","permissions":{"/":["list"],"/in":["upload"]},"virtual_folders":[{"name":"z","virtual_path":"/z","id":3,"quota_size":-1,"quota_files":-1},{"name":"a","virtual_path":"/a"}]}`,
			want: `{"written":{"home_dir":"/srv/bob","permissions":{"/":["list"],"/in":["upload"]},"status":0,
				"virtual_folders":[{"name":"a","quota_files":0,"quota_size":0,"virtual_path":"/a"},{"name":"z","virtual_path":"/z"}]},"dropped":["/virtual_folders/*/id"]}`,
		},
		{
			name: "a secret that is wanted is a reference", cluster: sftpgoCluster, kind: "user", id: "carol-1", secrets: true,
			shown: `{"username":"carol-1","status":1,"home_dir":"/srv/c","permissions":{"/":["*"]}}`,
			want:  `{"written":{"home_dir":"/srv/c","password":"env:USER_CAROL_1_PASSWORD"},"secrets":["env:USER_CAROL_1_PASSWORD"]}`,
		},
		{
			name: "a secret that is shown is a reference, and in no word of ours", cluster: nodeCluster, kind: "host", id: "globex",
			shown: `{"address":"a","protocol":"as2","enabled":true,"password":"canary","extra":null,"note":"mine"}`,
			want:  `{"written":{"address":"a","password":"env:HOST_GLOBEX_PASSWORD","protocol":"as2"},"dropped":["/note"],"secrets":["env:HOST_GLOBEX_PASSWORD"]}`,
		},
		{
			name: "a default that the peer has not is named", cluster: nodeCluster, kind: "host", id: "globex",
			shown: `{"address":"a","protocol":"as2","tags":["b","a"]}`,
			want:  `{"written":{"address":"a","protocol":"as2","tags":["a","b"]},"added":["/enabled"]}`,
		},
		{
			name:    "a default that depends on another field is not taken for one",
			cluster: strings.Replace(nodeCluster, `name: "mft"`, `name: "mft", #provider: kinds: thing: {class: "options", #body: {a: *1 | 2, b: *a | int}}`, 1), kind: "thing", id: "x",
			shown: `{"a":2,"b":1}`,
			want:  `{"written":{"a":2,"b":1}}`,
		},
		{
			name: "what the vocabulary refuses has a reason", cluster: nodeCluster, kind: "host", id: "globex",
			shown: `{"address":"a","protocol":"gopher","enabled":true}`,
			want:  `{"problem":"protocol: \"gopher\" is none of: \"as2\", \"https\", \"sftp\""}`,
		},
		{
			name: "what is missing has one too", cluster: nodeCluster, kind: "folder", id: "in",
			shown: `{"quota":1}`,
			want:  `{"problem":"path: path is required: where it is on the node, from / on"}`,
		},
		{
			name: "a number as large as it likes", cluster: nodeCluster, kind: "folder", id: "in",
			shown: `{"path":"/in","quota":123456789012345678901234567890}`,
			want:  `{"written":{"path":"/in","quota":123456789012345678901234567890}}`,
		},
		{
			name: "a number that nobody can keep", cluster: nodeCluster, kind: "route", id: "in",
			shown: `{"from":"/in","to":"/out","match":1e400}`,
			want:  `{"problem":"it has a name or a number that CUE does not keep as it is"}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := fitted(t, c.cluster, Shown{Items: []Found{found(t, c.kind, c.id, c.shown)}, Secrets: c.secrets})[0]
			f.Whole = nil
			data, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			var got, want map[string]any
			_ = json.Unmarshal(data, &got)
			delete(got, "kind")
			delete(got, "id")
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
			if strings.Contains(string(data), "canary") {
				t.Errorf("the secret is in %s", data)
			}
		})
	}
}
