package testserver

import (
	"fmt"
	"path/filepath"
	"strconv"
)

// Options say how a server runs.
type Options struct {
	// Dir keeps the database, the host key, the users' homes and the log. It is needed;
	// a server started again on the same Dir finds what it had.
	Dir string
	// Driver is sqlite (also "") or memory, which forgets everything when it stops.
	Driver string
	// AdminUser and AdminPassword are created on an empty database; "" is "admin" and
	// "admin-password".
	AdminUser, AdminPassword string
	// Restore is the path of a dump that each start restores before the services listen, over what the database
	// has; "" is none. Like SFTPGo, a server whose dump is not there starts all the same.
	Restore string
	// HTTPPort and SFTPPort are on 127.0.0.1; 0 chooses free ones.
	HTTPPort, SFTPPort int
}

// complete fills in what may be left empty, and refuses what cannot run.
func (o Options) complete() (Options, error) {
	if o.Dir == "" {
		return o, fmt.Errorf("no folder is given")
	}
	if o.Driver == "" {
		o.Driver = "sqlite"
	}
	if o.Driver != "sqlite" && o.Driver != "memory" {
		return o, fmt.Errorf("driver %q is neither sqlite nor memory", o.Driver)
	}
	if o.AdminUser == "" {
		o.AdminUser = "admin"
	}
	if o.AdminPassword == "" {
		o.AdminPassword = "admin-password"
	}
	dir, err := filepath.Abs(o.Dir)
	o.Dir = dir
	return o, err
}

// arguments send the log to the standard output, where panics go as well.
func (o Options) arguments() []string {
	return []string{"serve", "--config-dir", o.Dir, "--log-file-path", "", "--log-level", "info"}
}

// environment is the whole environment of the server: nothing is inherited, so that no
// setting and no secret of the caller's reaches it.
func (o Options) environment(source string, p ports) []string {
	return []string{
		"SFTPGO_DATA_PROVIDER__DRIVER=" + o.Driver,
		"SFTPGO_DATA_PROVIDER__NAME=" + o.database(),
		"SFTPGO_DATA_PROVIDER__USERS_BASE_DIR=" + filepath.Join(o.Dir, "homes"),
		"SFTPGO_DATA_PROVIDER__BACKUPS_PATH=" + filepath.Join(o.Dir, "backups"),
		"SFTPGO_DATA_PROVIDER__CREATE_DEFAULT_ADMIN=1",
		"SFTPGO_DEFAULT_ADMIN_USERNAME=" + o.AdminUser,
		"SFTPGO_DEFAULT_ADMIN_PASSWORD=" + o.AdminPassword,

		"SFTPGO_LOADDATA_FROM=" + o.Restore,
		"SFTPGO_LOADDATA_MODE=0",

		"SFTPGO_HTTPD__BINDINGS__0__ADDRESS=127.0.0.1",
		"SFTPGO_HTTPD__BINDINGS__0__PORT=" + strconv.Itoa(p.http),
		"SFTPGO_HTTPD__BINDINGS__0__ENABLE_WEB_ADMIN=false",
		"SFTPGO_HTTPD__BINDINGS__0__ENABLE_WEB_CLIENT=false",
		"SFTPGO_HTTPD__TEMPLATES_PATH=" + filepath.Join(source, "templates"),
		"SFTPGO_HTTPD__STATIC_FILES_PATH=" + filepath.Join(source, "static"),
		"SFTPGO_HTTPD__OPENAPI_PATH=" + filepath.Join(source, "openapi"),
		// The server refuses to start without the templates of mails it never sends.
		"SFTPGO_SMTP__TEMPLATES_PATH=" + filepath.Join(source, "templates"),

		"SFTPGO_SFTPD__BINDINGS__0__ADDRESS=127.0.0.1",
		"SFTPGO_SFTPD__BINDINGS__0__PORT=" + strconv.Itoa(p.sftp),
		// The RSA key that the default makes as well can take seconds. A key under this
		// name is made when it is missing, if its path is absolute.
		"SFTPGO_SFTPD__HOST_KEYS=" + filepath.Join(o.Dir, "id_ed25519"),

		"SFTPGO_TELEMETRY__BIND_ADDRESS=127.0.0.1",
		"SFTPGO_TELEMETRY__BIND_PORT=" + strconv.Itoa(p.telemetry),

		// A test that logs in wrongly on purpose must not get itself banned.
		"SFTPGO_COMMON__DEFENDER__ENABLED=false",
	}
}

// database: the memory provider would read the named file as a dump to start from.
func (o Options) database() string {
	if o.Driver == "memory" {
		return ""
	}
	return filepath.Join(o.Dir, "sftpgo.db")
}
