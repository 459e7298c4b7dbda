//go:build linux

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/gitops-reconciler/reconciler/bench/measure"
)

// contender is OpenTofu or Terraform, with a REST provider that lies in a mirror.
type contender struct {
	name, binary, mirror string
	source               string // of the provider: HOST/NAMESPACE/restapi
}

// contenders are those that can be measured here; of the others it says why not.
func contenders(mirror string) (all []contender) {
	for _, name := range []string{"tofu", "terraform"} {
		c, err := contend(name, mirror)
		if err != nil {
			fmt.Printf("%s: skipped: %v\n", name, err)
			continue
		}
		all = append(all, c)
	}
	return all
}

func contend(name, mirror string) (contender, error) {
	binary, err := exec.LookPath(name)
	if err != nil {
		return contender{}, errors.New("it is not on the path")
	}
	if mirror == "" {
		return contender{}, fmt.Errorf("%s is there, but it needs a REST provider: give a mirror with one (-terraform-plugin-dir)", binary)
	}
	// A mirror has HOST/NAMESPACE/TYPE, and versions or packages below.
	found, err := filepath.Glob(filepath.Join(mirror, "*", "*", "restapi"))
	if err != nil || len(found) == 0 {
		return contender{}, fmt.Errorf("%s has no provider HOST/NAMESPACE/restapi", mirror)
	}
	source, err := filepath.Rel(mirror, found[0])
	if err != nil {
		return contender{}, err
	}
	mirror, err = filepath.Abs(mirror)
	return contender{name: name, binary: binary, mirror: mirror, source: filepath.ToSlash(source)}, err
}

// measure has a contender make the users, find them unchanged and change some, once, and compares that with ours.
func (c contender) measure(ctx context.Context, b *bench, addresses []string) (err error) {
	dir := b.cluster + "-" + c.name
	env, err := c.configure(ctx, b, dir, addresses)
	if err != nil {
		return err
	}
	run := func(args ...string) (measure.Usage, error) {
		usage, err := measure.Run(ctx, env, append([]string{c.binary, "-chdir=" + dir, args[0], "-no-color", "-input=false"}, args[1:]...))
		if err != nil {
			err = fmt.Errorf("%s: %w", c.name, err)
		}
		return usage, err
	}
	if _, err := run("init", "-plugin-dir="+c.mirror); err != nil {
		return err
	}
	defer func() {
		_, destroyed := run("destroy", "-auto-approve")
		err = cmp.Or(err, destroyed)
	}()
	for _, step := range []struct {
		ours  string
		every int // one user in so many is changed
		args  []string
	}{
		{"first apply", 0, []string{"apply", "-auto-approve"}},
		{"plan, cached", 0, []string{"plan", "-detailed-exitcode"}},
		{"apply, 1% changed", 100, []string{"apply", "-auto-approve"}},
	} {
		if err := writeUsers(dir, b.users, step.every); err != nil {
			return err
		}
		usage, err := run(step.args...)
		if err != nil {
			return err
		}
		ours := measure.Median(b.took[step.ours])
		fmt.Printf("%-9s %-17s cpu %6.0f ms  rss %3d MB  wall %6.0f ms (%.1f x ours, %.1f x its memory)\n", c.name, step.ours,
			measure.Milliseconds(usage.CPU), usage.RSS>>10, measure.Milliseconds(usage.Wall),
			float64(usage.Wall)/float64(ours.Wall), float64(usage.RSS)/float64(ours.RSS))
	}
	return nil
}

// configure writes a contender's configuration, and returns its environment: the tokens of the servers and the
// password of the users are in no file of it.
func (c contender) configure(ctx context.Context, b *bench, dir string, addresses []string) ([]string, error) {
	var tokens []string
	for _, address := range addresses {
		server, err := signIn(ctx, address)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, server.token)
	}
	given, err := json.Marshal(tokens)
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	if err := template.Must(template.New("").Parse(module)).Execute(&text, map[string]any{"Source": c.source, "Addresses": addresses}); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	err = os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text.String()), 0o600)
	return append(b.env, "TF_VAR_tokens="+string(given), "TF_VAR_password="+variable(b.env, "USER_PASSWORD")), err
}

func writeUsers(dir string, n, every int) error {
	users := make([]map[string]any, n)
	for i := range users {
		users[i] = user(i, every, "changed")
	}
	data, err := json.Marshal(users)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "users.json"), data, 0o600)
}

// variable is the value of one in an environment.
func variable(env []string, name string) string {
	for _, line := range env {
		if value, found := strings.CutPrefix(line, name+"="); found {
			return value
		}
	}
	return ""
}

// module is the cluster in the words of the provider Mastercard/restapi.
const module = `terraform {
  required_providers {
    restapi = {
      source = "{{.Source}}"
    }
  }
}

variable "tokens" {
  type = list(string)
}

variable "password" {
  type = string
}

locals {
  users = { for u in jsondecode(file("${path.module}/users.json")) : u.username => merge(u, { password = var.password }) }
}
{{range $i, $address := .Addresses}}
provider "restapi" {
  alias   = "s{{$i}}"
  uri     = "{{$address}}/api/v2"
  headers = { Authorization = "Bearer ${var.tokens[{{$i}}]}" }
}

resource "restapi_object" "s{{$i}}" {
  for_each     = local.users
  provider     = restapi.s{{$i}}
  path         = "/users"
  id_attribute = "username"
  data         = jsonencode(each.value)
}
{{end}}`
