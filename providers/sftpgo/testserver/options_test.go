package testserver

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOptionsComplete(t *testing.T) {
	got, err := Options{Dir: "data"}.complete()
	if err != nil {
		t.Fatal(err)
	}
	if got.Driver != "sqlite" || got.AdminUser != "admin" || got.AdminPassword == "" || !filepath.IsAbs(got.Dir) {
		t.Errorf("incomplete: %+v", got)
	}
	for _, bad := range []Options{{}, {Dir: "data", Driver: "mysql"}} {
		if _, err := bad.complete(); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

func TestEnvironment(t *testing.T) {
	p := ports{http: 1, sftp: 2, telemetry: 3}
	sqlite := Options{Dir: "/d", Driver: "sqlite", AdminUser: "boss", AdminPassword: "secret"}.environment("/src", p)
	for _, want := range []string{
		"SFTPGO_DATA_PROVIDER__NAME=/d/sftpgo.db",
		"SFTPGO_DEFAULT_ADMIN_USERNAME=boss",
		"SFTPGO_HTTPD__BINDINGS__0__PORT=1",
		"SFTPGO_SFTPD__BINDINGS__0__PORT=2",
		"SFTPGO_TELEMETRY__BIND_PORT=3",
		"SFTPGO_SMTP__TEMPLATES_PATH=/src/templates",
	} {
		if !slices.Contains(sqlite, want) {
			t.Errorf("missing %s", want)
		}
	}
	if i := slices.IndexFunc(sqlite, func(v string) bool { return !strings.HasPrefix(v, "SFTPGO_") }); i >= 0 {
		t.Errorf("%s comes from elsewhere", sqlite[i])
	}
	memory := Options{Dir: "/d", Driver: "memory"}.environment("/src", p)
	if !slices.Contains(memory, "SFTPGO_DATA_PROVIDER__NAME=") {
		t.Error("the memory provider would load a dump")
	}
}

func TestChosenPortsAreFreeAndDiffer(t *testing.T) {
	p, err := choosePorts(t.Context(), Options{HTTPPort: 1234})
	if err != nil {
		t.Fatal(err)
	}
	if p.http != 1234 || p.sftp == p.telemetry || p.sftp < lowestPort || p.telemetry > highestPort {
		t.Errorf("chosen: %+v", p)
	}
}
