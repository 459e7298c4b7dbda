//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// shard is how many users are in one file.
const shard = 500

// configure writes a cluster whose users are all at cluster scope, written out in files that are evaluated by
// themselves. One user in so many has another description, with the word in it; 0: none.
func configure(dir string, addresses []string, users, every int, word string) error {
	var b strings.Builder
	b.WriteString("package bench\n\nimport \"github.com/gitops-reconciler/reconciler/providers/sftpgo\"\n\n")
	b.WriteString("cluster: sftpgo.#Cluster & {\n\tname: \"bench\"\n\tpeers: [_]: credentials: {user: \"admin\", password: \"env:ADMIN_PASSWORD\"}\n")
	for i, address := range addresses {
		fmt.Fprintf(&b, "\tpeers: \"%d\": address: %q\n", 1001+i, address)
	}
	b.WriteString("}\n")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "cluster.cue"), []byte(b.String()), 0o600); err != nil {
		return err
	}
	for first := 0; first < users; first += shard {
		b.Reset()
		b.WriteString("package bench\n\ncluster: items: user: {\n")
		for i := first; i < min(first+shard, users); i++ {
			u := user(i, every, word)
			fmt.Fprintf(&b, "\t%s: {home_dir: %q, email: %q, description: %q, max_sessions: 3, quota_size: 1000000, password: \"env:USER_PASSWORD\"}\n",
				u["username"], u["home_dir"], u["email"], u["description"])
		}
		b.WriteString("}\n")
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("users%d.cue", first/shard)), []byte(b.String()), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// user is one as SFTPGo wants it, without its password.
func user(i, every int, word string) map[string]any {
	u := map[string]any{
		"username": fmt.Sprintf("user%05d", i), "home_dir": fmt.Sprintf("/srv/user%05d", i), "email": fmt.Sprintf("user%d@example.com", i),
		"description": fmt.Sprintf("number %d", i), "max_sessions": 3, "quota_size": 1000000, "status": 1, "permissions": map[string]any{"/": []any{"*"}},
	}
	if every > 0 && i%every == 0 {
		u["description"] = fmt.Sprintf("%s %d", word, i)
	}
	return u
}
