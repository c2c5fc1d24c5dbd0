package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/outbound"
	"github.com/terragonlabs/modelcard-generator/internal/outbound/outboundtest"
	"golang.org/x/sync/errgroup"
)

// ssrfNames are what an attacker's own DNS zone can say.
var ssrfNames = map[string][]string{
	"loop.evil.test":      {"127.0.0.1"},
	"loop6.evil.test":     {"::1"},
	"both.evil.test":      {"127.0.0.1 ::1"},
	"mapped.evil.test":    {"::ffff:127.0.0.1"},
	"compat.evil.test":    {"::127.0.0.1"},
	"zero.evil.test":      {"0.0.0.0"},
	"zero6.evil.test":     {"::"},
	"high.evil.test":      {"127.255.255.254"},
	"metadata.evil.test":  {"169.254.169.254"},
	"metadata6.evil.test": {"fd00:ec2::254"},
	"private.evil.test":   {"10.0.0.1"},
	"nat64.evil.test":     {"64:ff9b::7f00:1"},
	"sixtofour.evil.test": {"2002:7f00:1::"},
	"teredo.evil.test":    {"2001:0:7f00:1::"},
	"xn--bcher-kva.test":  {"127.0.0.1"},
	"a_b.evil.test":       {"127.0.0.1"},
	"127.0.0.1.nip.test":  {"127.0.0.1"},
	"localhost.test":      {"127.0.0.1"},
	"0x7f000001.evil":     {"127.0.0.1"},
	"127-0-0-1.evil.test": {"127.0.0.1"},
	// Names a careless resolver might complete or read as numbers.
	"2130706433": {"127.0.0.1"}, "127.1": {"127.0.0.1"}, "0x7f000001": {"127.0.0.1"}, "0x7f.1": {"127.0.0.1"},
	"0177.0.0.1": {"127.0.0.1"}, "017700000001": {"127.0.0.1"}, "127.0.1": {"127.0.0.1"}, "0x7f.0x0.0x0.0x1": {"127.0.0.1"},
	"0": {"0.0.0.0"}, "127.0.0.1.": {"127.0.0.1"}, "00000177.0.0.1": {"127.0.0.1"}, "127.0.0.01": {"127.0.0.1"},
}

func TestNoFormReachesTheCanary(t *testing.T) {
	t.Parallel()
	bird := newCanary(t)
	dns := newNameServer(t, ssrfNames)
	client := newClient(t, outbound.Options{
		Hosts:    []outbound.Host{{Name: "*", Port: outbound.AnyPort, PlainHTTP: true}}, // only the address check stands between
		Resolver: dns.resolver(),
	})
	forms := outboundtest.Forms(bird.port)
	if len(forms) < 120 {
		t.Fatalf("%d forms, want at least 120", len(forms))
	}
	for _, form := range forms {
		resp, err := client.Get(t.Context(), form)
		if err == nil {
			_ = resp.Body.Close()
			t.Errorf("%q: answered %s", form, resp.Status)
		}
		if !errors.Is(err, outbound.ErrRefused) && !isNameError(err) {
			t.Errorf("%q: %v, want ErrRefused", form, err)
		}
		if hits := bird.hits.Swap(0); hits != 0 {
			t.Errorf("%q: %d connections reached the canary", form, hits)
		}
	}
}

// isNameError allows what is a name to us and to nobody else: it failed before any address was known.
func isNameError(err error) bool {
	var dnsErr *net.DNSError
	return errors.Is(err, outbound.ErrFailed) && errors.As(err, &dnsErr)
}

// TestCanaryIsHitWithoutTheGuard is the negative control: the same forms through net/http alone do reach the canary, so zero
// hits above is the guard's doing.
func TestCanaryIsHitWithoutTheGuard(t *testing.T) {
	t.Parallel()
	bird := newCanary(t)
	dns := newNameServer(t, ssrfNames)
	dialer := &net.Dialer{Resolver: dns.resolver(), Control: loopbackOnly}
	transport := &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}
	bare := &http.Client{Transport: transport, Timeout: 2 * time.Second}
	var reached atomic.Int64
	var group errgroup.Group
	group.SetLimit(8)
	for _, form := range outboundtest.Forms(bird.port) {
		group.Go(func() error {
			if get(t.Context(), bare, form) == "canary" {
				reached.Add(1)
			}
			return nil
		})
	}
	_ = group.Wait()
	if reached.Load() < 30 {
		t.Errorf("an unguarded client reached the canary by %d forms, want at least 30", reached.Load())
	}
}

// loopbackOnly keeps the control from sending anything off this machine.
func loopbackOnly(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !ap.Addr().Unmap().IsLoopback() && !ap.Addr().IsUnspecified() {
		return fmt.Errorf("not loopback: %s", address)
	}
	return nil
}

func get(ctx context.Context, client *http.Client, url string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return ""
	}
	resp, err := client.Do(req)
	if err != nil {
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body)
	return string(body)
}

func TestCanaryIsReachedWhenAllowed(t *testing.T) {
	t.Parallel()
	bird := newCanary(t)
	dns := newNameServer(t, ssrfNames)
	byNetwork := outbound.Options{
		Hosts:    []outbound.Host{{Name: "*", Port: outbound.AnyPort, PlainHTTP: true}},
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		Resolver: dns.resolver(),
	}
	byHost := outbound.Options{Resolver: dns.resolver()}
	for _, name := range []string{"127.0.0.1", "::1", "localhost", "loop.evil.test", "both.evil.test"} {
		byHost.Hosts = append(byHost.Hosts, outbound.Host{Name: name, Port: outbound.AnyPort, PlainHTTP: true, Internal: true})
	}
	for _, opts := range []outbound.Options{byNetwork, byHost} {
		client := newClient(t, opts)
		for _, host := range []string{"127.0.0.1", "[::1]", "localhost", "LOOP.evil.test", "both.evil.test"} {
			before := bird.hits.Load()
			resp, err := client.Get(t.Context(), "http://"+host+":"+bird.port+"/")
			if err != nil {
				t.Errorf("%s: %v", host, err)
				continue
			}
			_ = resp.Body.Close()
			if bird.hits.Load() == before {
				t.Errorf("%s: allowed, yet the canary saw nothing", host)
			}
		}
	}
}

func TestInternalHostOpensNeitherMetadataNorOthers(t *testing.T) {
	t.Parallel()
	dns := newNameServer(t, map[string][]string{
		"mlflow.internal": {"169.254.169.254"}, "tracker.internal": {"100.100.100.200"}, "odd.internal": {"fe80::1"}, "v6.internal": {"fd00:ec2::254"},
	})
	client := newClient(t, outbound.Options{
		Hosts:    []outbound.Host{{Name: "*.internal", PlainHTTP: true, Port: outbound.AnyPort, Internal: true}},
		Resolver: dns.resolver(),
	})
	for name := range dns.answers {
		if _, err := client.Get(t.Context(), "http://"+name+"/"); !errors.Is(err, outbound.ErrRefused) { //nolint:bodyclose // refused: no body
			t.Errorf("%s: %v, want ErrRefused", name, err)
		}
	}
}

// TestRebinding: a name is good when first used and then changes its answer.
func TestRebinding(t *testing.T) {
	t.Parallel()
	bird := newCanary(t)
	dns := newNameServer(t, map[string][]string{"rebind.evil.test": {"127.0.0.2", "127.0.0.1"}})
	client := newClient(t, outbound.Options{
		Hosts:    []outbound.Host{{Name: "*", Port: outbound.AnyPort, PlainHTTP: true}},
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")},
		Resolver: dns.resolver(),
	})
	rawURL := "http://rebind.evil.test:" + bird.port + "/"
	if body, err := read(t, client, rawURL); body != "canary" || err != nil {
		t.Fatalf("before the change: %q, %v", body, err)
	}
	for range 20 {
		if _, err := read(t, client, rawURL); !errors.Is(err, outbound.ErrRefused) {
			t.Fatalf("after the change: %v, want ErrRefused", err)
		}
	}
	if hits := bird.hits.Load(); hits != 1 {
		t.Errorf("%d connections, want the first alone", hits)
	}
}
