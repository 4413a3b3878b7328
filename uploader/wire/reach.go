package wire

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// reach is how far away an address is. A server on the internet must not send us
// to a machine that only we can see, such as a cloud's metadata service.
type reach int

const (
	public    reach = iota
	private         // RFC 1918, RFC 4193, and shared space, RFC 6598
	loopback        // this machine
	linkLocal       // RFC 3927: where metadata services live
	nowhere         // unspecified, multicast
)

var (
	sharedSpace = netip.MustParsePrefix("100.64.0.0/10")
	nat64       = netip.MustParsePrefix("64:ff9b::/96")
)

func reachOf(ip netip.Addr) reach {
	ip = ip.Unmap().WithZone("")
	if nat64.Contains(ip) {
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
	}
	switch {
	case !ip.IsValid(), ip.IsUnspecified(), ip.IsMulticast(), ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return nowhere
	case ip.IsLoopback():
		return loopback
	case ip.IsLinkLocalUnicast():
		return linkLocal
	case ip.IsPrivate(), sharedSpace.Contains(ip):
		return private
	}
	return public
}

// reachOfName judges a host by its spelling alone: a name is taken as public.
func reachOfName(host string) reach {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return reachOf(ip)
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return loopback
	}
	return public
}

func reachOfConn(addr net.Addr) reach {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		if ip, ok := netip.AddrFromSlice(tcp.IP); ok {
			return reachOf(ip)
		}
	}
	return public
}

// mayReach tells whether an API at from may send us on to an address at to.
func mayReach(from, to reach) bool {
	return to == public || to == from && to != nowhere || from == loopback && to == private
}

// errReach says that a download led somewhere it must not.
type errReach struct{ host string }

func (e errReach) Error() string {
	return fmt.Sprintf("the download leads to %s, which is inside this network", e.host)
}

// elsewhere returns a transport for a download from u, another origin than the
// API's. It carries no key and connects to public addresses only, unless the API
// itself is nearer. The address that was resolved is judged, at the moment it is
// dialled, so that a name cannot be changed in between; behind a proxy, which
// resolves for itself, the name.
func (t transports) elsewhere(u *url.URL, from reach) (http.RoundTripper, func(), error) {
	if !mayReach(from, reachOfName(u.Hostname())) {
		return nil, nil, errReach{u.Host}
	}
	if t.custom != nil {
		return t.custom, func() {}, nil
	}
	tr := t.base.Clone()
	tr.DisableKeepAlives = true
	tr.DisableCompression = true
	if !t.proxied(u) && tr.DialContext == nil {
		tr.Proxy = nil
		d := &net.Dialer{Timeout: dialTimeout, ControlContext: func(_ context.Context, _, addr string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(addr)
			if err != nil || !mayReach(from, reachOf(ap.Addr())) {
				return errReach{addr}
			}
			return nil
		}}
		tr.DialContext = d.DialContext
	}
	return tr, tr.CloseIdleConnections, nil
}

func (t transports) proxied(u *url.URL) bool {
	if t.base == nil || t.base.Proxy == nil {
		return false
	}
	proxy, err := t.base.Proxy(&http.Request{URL: u, Header: http.Header{}})
	return err == nil && proxy != nil
}

// lookup resolves the API's host to know how near it is, for a download that
// does not begin with a connection to it.
func (t transports) lookup(ctx context.Context, base *url.URL) reach {
	near := reachOfName(base.Hostname())
	if t.custom != nil || t.base.DialContext != nil || t.proxied(base) {
		return near
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", base.Hostname())
	if err != nil {
		return near
	}
	for _, ip := range ips {
		near = max(near, reachOf(ip))
	}
	return near
}
