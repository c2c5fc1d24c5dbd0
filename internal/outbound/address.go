package outbound

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// Kinds of address, by what may reach them.
type addressKind int

const (
	public    addressKind = iota // the internet
	internal                     // loopback and private ranges: for hosts marked so
	forbidden                    // never, unless a configured network says so
)

// metadataAddresses hand out credentials to whoever asks; some lie in otherwise public or private ranges.
var metadataAddresses = prefixes(
	"169.254.169.254/32", "169.254.170.2/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
	"fd00:ec2::254/128", "fd20:ce::254/128",
)

var internalNetworks = prefixes(
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "::1/128", "fc00::/7",
)

// forbiddenNetworks are the special-purpose ranges of the IANA registries that are neither public nor internal.
var forbiddenNetworks = prefixes(
	"0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23",     // protocol assignments, Teredo among them
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4
	"3fff::/20",     // documentation
)

// globalUnicast is the only part of IPv6 in public use; what lies outside (v4-compatible, NAT64, link-local, multicast,
// site-local, discard) needs no list.
var (
	globalUnicast = netip.MustParsePrefix("2000::/3")
	nat64         = netip.MustParsePrefix("64:ff9b::/96")
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

func kindOf(addr netip.Addr) addressKind {
	switch {
	case within(addr, metadataAddresses), within(addr, forbiddenNetworks):
		return forbidden
	case within(addr, internalNetworks):
		return internal
	case addr.Is6() && !globalUnicast.Contains(addr):
		return forbidden
	default:
		return public
	}
}

func within(addr netip.Addr, networks []netip.Prefix) bool {
	for _, network := range networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// gate is what a connection's address must pass.
type gate struct {
	internal bool
	networks []netip.Prefix
}

func (g gate) permits(addr netip.Addr) bool {
	addr = addr.WithZone("").Unmap()
	if within(addr, g.networks) {
		return !nat64.Contains(addr) || g.permits(embeddedIPv4(addr)) // an opened NAT64 must not open what lies behind it
	}
	kind := kindOf(addr)
	return kind == public || kind == internal && g.internal
}

func embeddedIPv4(addr netip.Addr) netip.Addr {
	b := addr.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}

// control runs after resolution and before connect, for each address tried.
func (g gate) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: %s address %q", ErrRefused, network, address)
	}
	if !g.permits(ap.Addr()) {
		return fmt.Errorf("%w: address %s", ErrRefused, ap.Addr())
	}
	return nil
}

type gateKey struct{}

func withGate(ctx context.Context, g gate) context.Context {
	return context.WithValue(ctx, gateKey{}, g)
}

// guardedDial connects through the gate that the request's policy check left in its context, and to nothing without one.
func guardedDial(resolver *net.Resolver) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		g, ok := ctx.Value(gateKey{}).(gate)
		if !ok {
			return nil, fmt.Errorf("%w: unchecked connection", ErrRefused)
		}
		dialer := net.Dialer{Resolver: resolver, ControlContext: g.control}
		return dialer.DialContext(ctx, network, address)
	}
}
