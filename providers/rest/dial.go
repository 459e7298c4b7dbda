package rest

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// dialer connects to peers. It looks at each address after its name was resolved: a name may lead anywhere.
// Behind a proxy (HTTPS_PROXY) it is the proxy's address; then where names lead is the proxy's affair.
func dialer(timeout time.Duration, host string) *net.Dialer {
	return &net.Dialer{Timeout: timeout, KeepAlive: 15 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return forbid(host, to.Addr())
	}}
}

// forbidden is an address where no peer is.
type forbidden struct {
	host    string
	address netip.Addr
	why     string
}

func (f *forbidden) Error() string {
	return fmt.Sprintf("%s leads to %s, %s: give the peer's own address", f.host, f.address, f.why)
}

// forbid refuses addresses that are a way into the machine or the network that we run in: those of cloud
// metadata always, link-local ones unless the peer's address says just that. Loopback is not refused:
// trying things out on one machine is what people do first.
func forbid(host string, to netip.Addr) error {
	plain := embedded(to.WithZone("").Unmap())
	literal, err := netip.ParseAddr(host)
	written := err == nil && literal.WithZone("").Unmap() == plain
	switch {
	case metadata(plain):
		return &forbidden{host, to, "where a cloud gives credentials to its machines"}
	case plain.IsUnspecified() || plain.IsMulticast():
		return &forbidden{host, to, "which is no machine's address"}
	case plain.IsLinkLocalUnicast() && !written:
		return &forbidden{host, to, "a link-local address, which a name must not lead to"}
	}
	return nil
}

// metadata are the addresses of AWS, Azure, Google and others (the first two), of Alibaba, and of Azure's
// own agent.
func metadata(a netip.Addr) bool {
	switch a.String() {
	case "169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16":
		return true
	}
	return false
}

// embedded returns the IPv4 address within one of NAT64, and any other address as it is.
func embedded(a netip.Addr) netip.Addr {
	if !netip.MustParsePrefix("64:ff9b::/96").Contains(a) {
		return a
	}
	octets := a.As16()
	return netip.AddrFrom4([4]byte(octets[12:]))
}
