package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/outbound"
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

// ssrfHosts stand in "scheme://HOST:port/".
var ssrfHosts = []string{
	"127.0.0.1", "127.0.0.1.", "127.1.2.3", "127.255.255.254", "localhost", "LOCALHOST", "LocalHost.", "localhost.",
	"0.0.0.0", "0.0.0.0.", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::0:1]", "[0::1]",
	"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:7F00:0001]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:0.0.0.0]",
	"[::ffff:169.254.169.254]", "[::ffff:10.0.0.1]", "[::ffff:8.8.8.8]", "[::127.0.0.1]", "[::7f00:1]", "[::169.254.169.254]",
	"[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[64:ff9b:1:fffe::a00:1]",
	"[2002:7f00:1::]", "[2002:a9fe:a9fe::]", "[2002:a00:1::1]", "[2001::1]", "[2001:0:7f00:1::]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
	"[fe80::1]", "[febf::1]", "[fec0::1]", "[fc00::1]", "[fd12:3456:789a::1]", "[ff02::1]", "[ff05::2]", "[ff0e::1]",
	"[fd00:ec2::254]", "[fd20:ce::254]", "[100::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]", "[2001:10::1]", "[2001:20::1]",
	"[fe80::1%25lo]", "[fe80::1%25eth0]", "[::1%25lo]", "[fe80::1%25]", "[::ffff:0:127.0.0.1]",
	"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
	"169.254.0.1", "169.254.169.254", "169.254.170.2", "169.254.169.254.", "100.64.0.1", "100.127.255.255", "100.100.100.200",
	"168.63.129.16", "192.0.0.192", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
	"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "0.1.2.3",
	"2130706433", "3232235521", "2852039166", "0x7f000001", "0x7F000001", "0x7f.1", "0x7f.0.0.1", "0x7f.0x0.0x0.0x1", "0177.0.0.1",
	"0177.0x0.0.1", "017700000001", "00000177.0.0.1", "127.1", "127.0.1", "127.0.0.01", "0", "0x0", "127.0.0.0x1", "4294967295", "1.0x7f",
	"127%2e0%2e0%2e1", "127.0.0.1%00", "127.0.0.1%00.example.org", "127.0.0.1%09", "local%68ost", "%6c%6f%63%61%6c%68%6f%73%74",
	"①②⑦.⓪.⓪.①", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "127。0。0。1", "127．0．0．1", "loopback.evil.test\u200b", "bücher.test", "xn--bcher-kva.test",
	"loop.evil.test", "LOOP.EVIL.TEST", "loop.evil.test.", "loop6.evil.test", "both.evil.test", "mapped.evil.test", "compat.evil.test",
	"zero.evil.test", "zero6.evil.test", "high.evil.test", "metadata.evil.test", "metadata6.evil.test", "private.evil.test",
	"nat64.evil.test", "sixtofour.evil.test", "teredo.evil.test", "a_b.evil.test", "127.0.0.1.nip.test", "localhost.test",
	"0x7f000001.evil", "127-0-0-1.evil.test", "..", ".localhost", "127..0.0.1", "",
}

// ssrfURLs are whole URLs; {port} is the canary's.
var ssrfURLs = []string{
	"http://user@127.0.0.1:{port}/", "http://user:pass@127.0.0.1:{port}/", "http://example.org@127.0.0.1:{port}/",
	"http://example.org:80@127.0.0.1:{port}/", "http://example.org%40127.0.0.1:{port}/", "http://@127.0.0.1:{port}/",
	"http://127.0.0.1:{port}@example.org/", "http://127.0.0.1:{port}#@example.org/", "http://127.0.0.1:{port}?@example.org/",
	"http://127.0.0.1:{port}\\@example.org/", "http://example.org\\@127.0.0.1:{port}/", "http:\\\\127.0.0.1:{port}\\",
	"http:127.0.0.1:{port}/", "http:/127.0.0.1:{port}/", "http:///127.0.0.1:{port}/", "http:////127.0.0.1:{port}/", "//127.0.0.1:{port}/",
	"127.0.0.1:{port}/", "http://127.0.0.1:{port}:80/", "http://127.0.0.1:0{port}/", "http://127.0.0.1:+{port}/", "http://127.0.0.1: {port}/",
	" http://127.0.0.1:{port}/", "http://127.0.0.1:{port}\r\nX-Evil: 1/", "http://127.0.0.1\t:{port}/", "http://127.0.0.1:65536/", "http://127.0.0.1:0/",
	"http://127.0.0.1:-1/", "HTTP://127.0.0.1:{port}/", "hTTps://127.0.0.1:{port}/", "ftp://127.0.0.1:{port}/", "file:///etc/passwd",
	"file://127.0.0.1:{port}/etc/passwd", "gopher://127.0.0.1:{port}/_GET%20/", "dict://127.0.0.1:{port}/d:x", "ldap://127.0.0.1:{port}/",
	"tftp://127.0.0.1:{port}/x", "jar:http://127.0.0.1:{port}!/", "netdoc:///etc/passwd", "data:text/plain,x", "javascript:alert(1)",
	"unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/", "ws://127.0.0.1:{port}/", "url:http://127.0.0.1:{port}/", "http://[::1/", "http://[::1]]:{port}/",
	"http://[127.0.0.1]:{port}/", "http://[loop.evil.test]:{port}/", "http://[::1].evil.test:{port}/", "http://[v1.x]:{port}/", "", "http://", "https://:{port}/",
}

func ssrfForms(port string) []string {
	var forms []string
	for _, host := range ssrfHosts {
		forms = append(forms, "http://"+host+":"+port+"/", "https://"+host+":"+port+"/latest/meta-data/")
	}
	for _, u := range ssrfURLs {
		forms = append(forms, strings.ReplaceAll(u, "{port}", port))
	}
	return forms
}

func TestNoFormReachesTheCanary(t *testing.T) {
	t.Parallel()
	bird := newCanary(t)
	dns := newNameServer(t, ssrfNames)
	client := newClient(t, outbound.Options{
		Hosts:    []outbound.Host{{Name: "*", Port: outbound.AnyPort, PlainHTTP: true}}, // only the address check stands between
		Resolver: dns.resolver(),
	})
	forms := ssrfForms(bird.port)
	if len(ssrfHosts)+len(ssrfURLs) < 120 {
		t.Fatalf("%d forms, want at least 120", len(ssrfHosts)+len(ssrfURLs))
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
	for _, form := range ssrfForms(bird.port) {
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
