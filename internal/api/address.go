package api

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/go-chi/chi/v5/middleware"
)

// prefixesOf reads addresses and networks, which the configuration has checked.
// What can't be read is not trusted.
func prefixesOf(proxies []string) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, text := range proxies {
		if address, err := netip.ParseAddr(text); err == nil {
			prefixes = append(prefixes, netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()))
		} else if prefix, err := netip.ParsePrefix(text); err == nil {
			prefixes = append(prefixes, prefix.Masked())
		}
	}
	return prefixes
}

// locate finds the address of the client: the peer, or what a trusted proxy
// says in X-Forwarded-For. What any other peer says there is not read.
func (s *Server) locate(next http.Handler) http.Handler {
	if len(s.trusted) == 0 {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requestOf(r.Context()).address = peerOf(r)
			next.ServeHTTP(w, r)
		})
	}
	keep := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := middleware.GetClientIP(r.Context())
		if address == "" { // a trusted proxy that names no address
			address = remoteHost(r)
		}
		requestOf(r.Context()).address = address
		next.ServeHTTP(w, r)
	})
	texts := make([]string, len(s.trusted))
	for i, prefix := range s.trusted {
		texts[i] = prefix.String()
	}
	return middleware.ClientIPFromXFF(texts...)(keep)
}

// peerOf is the address of the other end of the connection. An IPv4 address in
// IPv6 form is the same client as without.
func peerOf(r *http.Request) string {
	host := remoteHost(r)
	if address, err := netip.ParseAddr(host); err == nil && address.Is4In6() {
		return address.Unmap().String()
	}
	return host
}

// addressOf is the client's address, without a port.
func addressOf(ctx context.Context) string { return requestOf(ctx).address }

// byTLS reports whether the client's connection is encrypted: to this process,
// or to a trusted proxy that says so.
func (s *Server) byTLS(r *http.Request) bool {
	return r.TLS != nil || s.fromProxy(r) && r.Header.Get("X-Forwarded-Proto") == "https"
}

func (s *Server) fromProxy(r *http.Request) bool {
	peer, err := netip.ParseAddr(remoteHost(r))
	if err != nil {
		return false
	}
	peer = peer.Unmap().WithZone("")
	for _, prefix := range s.trusted {
		if prefix.Contains(peer) {
			return true
		}
	}
	return false
}
