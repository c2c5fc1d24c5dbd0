package outbound

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// AnyPort in Host.Port lifts the limit to one port.
const AnyPort = -1

const maxHostLength = 253 // RFC 1035, without the trailing dot

// Host is one entry of the allow-list.
type Host struct {
	// Name is a DNS name or an IP address; "*.example.org" stands for every name below example.org, "*" for every name.
	Name string
	// Port is the one port allowed. Zero is the scheme's own (443, or 80 for http).
	Port int
	// PlainHTTP allows http beside https.
	PlainHTTP bool
	// Internal allows the name to resolve to a loopback, private, shared (CGNAT) or unique-local address. Link-local and cloud
	// metadata addresses stay refused: only Options.Networks opens those.
	Internal bool
}

// HostOf derives the allow-list entry for a URL an operator has configured: its host and port, and http if the URL says so.
func HostOf(rawURL string, internal bool) (Host, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return Host{}, fmt.Errorf("%w: unreadable URL", ErrRefused)
	}
	target, err := parseTarget(u)
	if err != nil {
		return Host{}, err
	}
	return Host{Name: target.host, Port: target.port, PlainHTTP: target.scheme == "http", Internal: internal}, nil
}

// policy is the checked allow-list.
type policy struct {
	hosts    []Host
	networks []netip.Prefix
}

func newPolicy(hosts []Host, networks []netip.Prefix) (policy, error) {
	p := policy{networks: slices.Clone(networks)}
	for _, h := range hosts {
		checked, err := h.check()
		if err != nil {
			return policy{}, fmt.Errorf("outbound host %q: %w", h.Name, err)
		}
		p.hosts = append(p.hosts, checked)
	}
	// Exact names first: what is granted to one host must not be hidden behind a wildcard.
	slices.SortStableFunc(p.hosts, func(a, b Host) int { return strings.Count(a.Name, "*") - strings.Count(b.Name, "*") })
	return p, nil
}

func (h Host) check() (Host, error) {
	if h.Port < AnyPort || h.Port > 65535 {
		return h, fmt.Errorf("%w: port %d", ErrRefused, h.Port)
	}
	if h.Name == "*" {
		if h.Internal {
			return h, fmt.Errorf("%w: every name together with internal addresses is no guard at all", ErrRefused)
		}
		return h, nil
	}
	prefix, name := "", h.Name
	if below, ok := strings.CutPrefix(h.Name, "*."); ok {
		prefix, name = "*.", below
	}
	canonical, err := canonicalHost(name)
	h.Name = prefix + canonical
	return h, err
}

func (h Host) matches(t target) bool {
	return h.matchesName(t.host) && h.matchesPort(t) && (t.scheme == "https" || h.PlainHTTP)
}

func (h Host) matchesName(name string) bool {
	if h.Name == "*" || h.Name == name {
		return true
	}
	suffix, ok := strings.CutPrefix(h.Name, "*")
	return ok && strings.HasSuffix(name, suffix) && len(name) > len(suffix)
}

func (h Host) matchesPort(t target) bool {
	switch h.Port {
	case AnyPort:
		return true
	case 0:
		return t.port == defaultPort(t.scheme)
	default:
		return t.port == h.Port
	}
}

// check decides on a request by its URL and gives the gate its connection must pass.
func (p policy) check(req *http.Request) (gate, error) {
	t, err := parseTarget(req.URL)
	if err != nil {
		return gate{}, err
	}
	if req.Host != "" && !strings.EqualFold(req.Host, req.URL.Host) {
		return gate{}, fmt.Errorf("%w: a Host header that differs from the URL", ErrRefused)
	}
	for _, h := range p.hosts {
		if h.matches(t) {
			return gate{internal: h.Internal, networks: p.networks}, nil
		}
	}
	return gate{}, fmt.Errorf("%w: %s://%s:%d is not on the list", ErrRefused, t.scheme, t.host, t.port)
}

// target is the part of a URL that decides where a connection goes.
type target struct {
	scheme string
	host   string
	port   int
}

func parseTarget(u *url.URL) (target, error) {
	scheme := strings.ToLower(u.Scheme)
	if scheme != "https" && scheme != "http" {
		return target{}, fmt.Errorf("%w: scheme %q", ErrRefused, scheme)
	}
	if u.User != nil {
		return target{}, fmt.Errorf("%w: user information in the URL", ErrRefused)
	}
	if u.Opaque != "" {
		return target{}, fmt.Errorf("%w: opaque URL", ErrRefused)
	}
	host, err := canonicalHost(u.Hostname())
	if err != nil {
		return target{}, err
	}
	port, err := portOf(u, scheme)
	return target{scheme: scheme, host: host, port: port}, err
}

func portOf(u *url.URL, scheme string) (int, error) {
	if u.Port() == "" {
		return defaultPort(scheme), nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port == 0 {
		return 0, fmt.Errorf("%w: port %q", ErrRefused, u.Port())
	}
	return int(port), nil
}

func defaultPort(scheme string) int {
	if scheme == "http" {
		return 80
	}
	return 443
}

// canonicalHost lower-cases a host and refuses every spelling that two parsers could read differently: non-ASCII names (write
// punycode), zones, shortened, octal, hexadecimal and single-number addresses, and IPv4 addresses dressed as IPv6.
func canonicalHost(host string) (string, error) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "" || len(host) > maxHostLength {
		return "", fmt.Errorf("%w: host of %d bytes", ErrRefused, len(host))
	}
	if !onlyHostBytes(host) {
		return "", fmt.Errorf("%w: host %q has characters a host can't have", ErrRefused, host)
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Is4In6() {
			return "", fmt.Errorf("%w: IPv4 address %s written as IPv6", ErrRefused, addr)
		}
		return addr.String(), nil
	}
	if strings.Contains(host, ":") || emptyLabel(host) || looksNumeric(host) {
		return "", fmt.Errorf("%w: host %q is neither a name nor an address in its usual form", ErrRefused, host)
	}
	return host, nil
}

// emptyLabel also catches a second trailing dot: with it one name would have two canonical forms.
func emptyLabel(host string) bool {
	return host[0] == '.' || host[len(host)-1] == '.' || strings.Contains(host, "..")
}

func onlyHostBytes(host string) bool {
	for i := range len(host) {
		c := host[i]
		letterOrDigit := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !letterOrDigit && c != '.' && c != '-' && c != '_' && c != ':' {
			return false
		}
	}
	return true
}

// looksNumeric applies the WHATWG rule: a host whose last label is a number is an address, whatever a resolver makes of it.
func looksNumeric(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if strings.HasPrefix(last, "0x") {
		return true
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}
