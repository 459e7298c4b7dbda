package source

import (
	"strings"
	"testing"
	"unicode"
)

func TestAddresses(t *testing.T) {
	for raw, want := range map[string]address{
		"https://example.org/a/b.git":         {scheme: "https", host: "example.org", path: "/a/b.git", shown: "https://example.org/a/b.git"},
		"https://example.org:8443/b%20c":      {scheme: "https", host: "example.org:8443", path: "/b c", shown: "https://example.org:8443/b%20c"},
		"https://ada:p%40ss%2F@example.org/b": {"https", "ada", "p@ss/", "example.org", "/b", "https://example.org/b"},
		"https://token@example.org/b":         {"https", "token", "", "example.org", "/b", "https://example.org/b"},
		"http://[::1]:80/b":                   {scheme: "http", host: "[::1]:80", path: "/b", shown: "http://[::1]:80/b"},
		"ssh://git@example.org:22/~ada/b":     {"ssh", "git", "", "example.org:22", "/~ada/b", "ssh://example.org:22/~ada/b"},
		"git@example.org:a/b.git":             {"ssh", "git", "", "example.org", "a/b.git", "example.org:a/b.git"},
		"example.org:/srv/b":                  {scheme: "ssh", host: "example.org", path: "/srv/b", shown: "example.org:/srv/b"},
		"file:///srv/b":                       {scheme: "file", path: "/srv/b", shown: "file:///srv/b"},
		"file://localhost/srv/b":              {scheme: "file", path: "/srv/b", shown: "file://localhost/srv/b"},
		"/srv/b":                              {scheme: "file", path: "/srv/b", shown: "/srv/b"},
		"../b":                                {scheme: "file", path: "../b", shown: "../b"},
		"./-x":                                {scheme: "file", path: "./-x", shown: "./-x"},
		"./a:b":                               {scheme: "file", path: "./a:b", shown: "./a:b"},
		"/home/ada@example.org/b":             {scheme: "file", path: "/home/ada@example.org/b", shown: "/home/ada@example.org/b"},
		`C:\infra`:                            {scheme: "file", path: `C:\infra`, shown: `C:\infra`},
	} {
		got, err := parseAddress(raw)
		if err != nil || got != want {
			t.Errorf("%s is %+v, want %+v (%v)", raw, got, want, err)
		}
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for raw, why := range map[string]string{
		"": "no Git repository is given", "--upload-pack=sh": "looks like an option", "a\x1bb": "unprintable",
		"git://example.org/x": "a scheme that is not spoken here", "ext::sh -c id": "none that can be taken",
		"https://example.org": "is a host without a path", "https:///x": "names no host", "ssh://-oProxyCommand=x/y": "names no host",
		"ssh://git:4711@example.org/x": "the URL holds a password", "file://example.org/x": "write file:///path",
		"https://u:4711@example.org/x?token=4711": "none that can be taken", "https://u:4711@example.org/x#4711": "none that can be taken",
		"https://u:4711/x@example.org/x": "none that can be taken", "https://u:4711?@example.org/x": "none that can be taken",
		"https://u:a/4711@example.org/x": "none that can be taken", "https://u:4711%@example.org/x": "none that can be taken",
		"u:4711@example.org:x": "neither a URL nor a path", "https//u:4711@example.org/x": "neither a URL nor a path",
		"https:/u:4711@example.org/x": "none that can be taken", "/u:4711@example.org": "neither a URL nor a path", "file://u:4711@/x": "names a host or a user",
		"git@example.org:--upload-pack=id": "the path begins with a dash", "ssh://git@example.org": "is a host without a path",
	} {
		_, err := parseAddress(raw)
		says(t, err, why)
		if strings.Contains(err.Error(), "4711") {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// FuzzAddress puts a user and a password where they do not belong, unescaped as people write them, and looks for
// them in all that is shown.
func FuzzAddress(f *testing.F) {
	for _, c := range [][5]string{
		{"https://", "u:", "/", "@", "example.org/x"},
		{"https://", ":", "?", "@", "h/x"},
		{"ssh://", "u:", "#", "@", "h:22/x"},
		{"", "u:", "@", "@", "h:x"},
		{"https//", "u:", "%", "@", "h/x"},
		{"file://", "u:", "[", "]@", "/x"},
		{"https:/", ":", "\\", "@", "h"},
		{"https://", "u@", ":", "@", "h/x"},
		{"https://h/", "u:", "", "@", "h/x"},
		{"https://u", ":", "%2F", "@", "h:x/y"},
	} {
		f.Add(c[0], c[1], c[2], c[3], c[4])
	}
	f.Fuzz(func(t *testing.T, before, user, inside, at, after string) {
		const first, last = "47114711", "08150815" // digits pass for a port
		if !strings.Contains(user, ":") || !strings.Contains(at, "@") || strings.Contains(before+user+inside+at+after, "1471") {
			return // no password, or one that the rest repeats
		}
		raw := before + user + first + inside + last + at + after
		a, err := parseAddress(raw)
		shown := a.shown
		if err != nil {
			shown = err.Error()
		}
		if strings.Contains(shown, first) || strings.Contains(shown, last) {
			t.Fatalf("%q is shown as %q", raw, shown)
		}
		if strings.ContainsFunc(shown, unicode.IsControl) {
			t.Fatalf("%q is not fit to be shown: %q", raw, shown)
		}
	})
}
