package schema

import (
	"strings"
	"testing"
)

func TestURL(t *testing.T) {
	p := Provider{Port: Ports{HTTP: 8080, HTTPS: 8443}, Path: "/api/v2"}
	for address, want := range map[string]string{
		"sftp1":                        "https://sftp1:8443/api/v2",
		"SFTP1.Example.ORG":            "https://sftp1.example.org:8443/api/v2",
		"sftp1:9000":                   "https://sftp1:9000/api/v2",
		"sftp1:09000":                  "https://sftp1:9000/api/v2",
		"http://sftp1":                 "http://sftp1:8080/api/v2",
		"HTTP://Sftp1":                 "http://sftp1:8080/api/v2",
		"https://sftp1":                "https://sftp1:8443/api/v2",
		"https://sftp1/":               "https://sftp1:8443/api/v2",
		"https://sftp1/Admin/":         "https://sftp1:8443/Admin",
		"https://sftp1:1/a/b":          "https://sftp1:1/a/b",
		"192.0.2.1":                    "https://192.0.2.1:8443/api/v2",
		"[2001:DB8::1]":                "https://[2001:db8::1]:8443/api/v2",
		"[2001:db8:0:0:0:0:0:1]:9000":  "https://[2001:db8::1]:9000/api/v2",
		"http://[::1]:65535/x":         "http://[::1]:65535/x",
		"[::FFFF:192.0.2.1]":           "https://[::ffff:192.0.2.1]:8443/api/v2",
		"https://sftp1/a%20b":          "https://sftp1:8443/a%20b",
		"http://sftp1:8080":            "http://sftp1:8080/api/v2",
		"https://xn--bcher-kva.de:443": "https://xn--bcher-kva.de:443/api/v2",
	} {
		if u, err := p.URL(address); err != nil || u.String() != want {
			t.Errorf("%s: got %v, %v, want %s", address, u, err, want)
		}
	}
}

func TestNoURL(t *testing.T) {
	for address, want := range map[string]string{
		"":                         "want host",
		"https://":                 "want host",
		":443":                     "want host",
		"ftp://sftp1":              "want host",
		"sftp1:0":                  "want a port",
		"sftp1:65536":              "want a port",
		"sftp1:99999999999999":     "want a port",
		"sftp1:ssh":                "invalid port",
		"sftp1:-1":                 "invalid port",
		"sftp1?x=1":                "want host",
		"sftp1#x":                  "want host",
		"[::1":                     "missing ']'",
		"2001:db8::1":              "invalid port",
		"sftp 1":                   "invalid character",
		"sftp1\n":                  "invalid control character",
		"https://a:hunter2@sftp1":  "credentials",
		"a:hunter2@sftp1":          "credentials",
		"https://a:hunter2@sftp 1": "credentials",
		"a:hun/ter2hunter2@sftp1":  "credentials",
	} {
		u, err := Provider{}.URL(address)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v, want %q", address, u, err, want)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error tells the password: %v", address, err)
		}
	}
}
