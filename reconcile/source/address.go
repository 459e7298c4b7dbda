package source

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// address is where a Git repository is.
type address struct {
	scheme         string // https, http, ssh or file
	user, password string
	host           string // with the port if one was given
	path           string // as the server takes it, or on this machine
	shown          string // what messages call it: no user, and no password
}

// parseAddress reads what was given as a repository's URL. What is refused is never repeated: where a
// separator in a password is not escaped, nobody can tell where the password ends.
func parseAddress(raw string) (address, error) {
	before, _, isURL := strings.Cut(raw, "://")
	switch {
	case raw == "":
		return address{}, errors.New("no Git repository is given: give a URL (https, ssh or file) or a path")
	case strings.HasPrefix(raw, "-"):
		return address{}, errors.New("the Git repository's URL looks like an option; a path that begins with a dash is written ./-x")
	case !utf8.ValidString(raw) || strings.ContainsFunc(raw, func(r rune) bool { return !unicode.IsPrint(r) }):
		return address{}, errors.New("the Git repository's URL holds unprintable characters")
	case isURL:
		return parseURL(raw, before)
	}
	if host, rest, found := strings.Cut(raw, ":"); found && len(host) > 1 && !strings.Contains(host, "/") {
		return parseShort(host, rest)
	}
	return parsePath(raw)
}

func parseURL(raw, scheme string) (address, error) {
	switch scheme {
	case "https", "http", "ssh", "file":
	default:
		return address{}, errors.New("the Git repository's URL has a scheme that is not spoken here; give https, ssh or file, or a path")
	}
	u, err := url.Parse(raw)
	// What follows the host must not hold what could still be a part of the password.
	if err != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || strings.ContainsAny(u.EscapedPath(), "@#") {
		return address{}, fmt.Errorf("the Git repository's %s URL is none that can be taken (it is not shown, it may hold a password): "+
			"in a user, a password or a path the characters / : @ ? # %% are written %%2F %%3A %%40 %%3F %%23 %%25", scheme)
	}
	a := address{scheme: scheme, user: u.User.Username(), host: u.Host, path: u.Path}
	a.password, _ = u.User.Password()
	a.shown = (&url.URL{Scheme: scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
	if scheme == "file" {
		return a.onThisMachine(u.Hostname())
	}
	return a, a.check(u.Hostname())
}

// check refuses what could not be asked for.
func (a address) check(host string) error {
	switch {
	case host == "" || strings.HasPrefix(host, "-"):
		return fmt.Errorf("the Git repository's %s URL names no host; write %s://host/path", a.scheme, a.scheme)
	case strings.Trim(a.path, "/") == "":
		return fmt.Errorf("%s is a host without a path; add the repository's", a.shown)
	case strings.HasPrefix(a.path, "-"): // which the program at the other end would take for an option
		return fmt.Errorf("%s: the path begins with a dash; write it from the root, or ./-x", a.shown)
	case a.scheme == "ssh" && a.password != "":
		return fmt.Errorf("%s: the URL holds a password, but over ssh we sign in with a key; take it out", a.shown)
	}
	return nil
}

func (a address) onThisMachine(host string) (address, error) {
	if host != "" && host != "localhost" || a.user != "" || a.password != "" {
		return address{}, errors.New("the file URL names a host or a user; write file:///path, or the path itself")
	}
	a.host, a.path = "", filepath.FromSlash(a.path)
	return a, nil
}

// parseShort reads user@host:path, which is ssh.
func parseShort(host, rest string) (address, error) {
	a := address{scheme: "ssh", path: rest}
	if before, after, found := strings.Cut(host, "@"); found {
		a.user, host = before, after
	}
	if strings.HasPrefix(rest, ":") || strings.Contains(rest, "@") || strings.Contains(host, "@") {
		return address{}, errors.New("the Git repository's URL is none that can be taken (it is not shown, it may hold a password): " +
			"write https://host/path, ssh://user@host/path, user@host:path or a path")
	}
	a.host, a.shown = host, host+":"+rest
	return a, a.check(host)
}

func parsePath(raw string) (address, error) {
	if _, rest, found := strings.Cut(raw, ":"); found && strings.Contains(rest, "@") {
		return address{}, errors.New("what is given as the Git repository is neither a URL nor a path (it is not shown, it may hold a password); " +
			"a path that has : before @ is written as a file URL, with %40 for @")
	}
	return address{scheme: "file", path: raw, shown: raw}, nil
}

// below is the URL of what lies in the repository, for http.
func (a address) below(name, query string) string {
	u := url.URL{Scheme: a.scheme, Host: a.host, Path: path.Join("/", a.path, name), RawQuery: query}
	return u.String()
}
