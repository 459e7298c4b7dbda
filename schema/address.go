package schema

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// URL returns where the admin API behind a peer's address is: https where it names no scheme, and the
// product's port and path where it names none. The host is in lower case, so that two spellings of one
// address are equal.
func (p Provider) URL(address string) (*url.URL, error) {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	port, ports := u.Port(), map[string]int{"http": p.Port.HTTP, "https": p.Port.HTTPS}
	if _, known := ports[u.Scheme]; !known || u.Hostname() == "" || u.User != nil {
		return nil, fmt.Errorf("address %q: want host, host:port or http(s)://host:port/path", address)
	}
	if port == "" {
		port = strconv.Itoa(ports[u.Scheme])
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return nil, fmt.Errorf("address %q: want a port from 1 to 65535", address)
	}
	path := strings.TrimSuffix(u.Path, "/")
	if path == "" {
		path = p.Path
	}
	return &url.URL{Scheme: u.Scheme, Host: joinHostPort(u.Hostname(), port), Path: path}, nil
}

func joinHostPort(host, port string) string {
	host = strings.ToLower(host)
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port
}
