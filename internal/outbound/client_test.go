package outbound_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
	"github.com/terragonlabs/modelcard-generator/internal/outbound/outboundtest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newClient(t *testing.T, opts outbound.Options) *outbound.Client {
	t.Helper()
	client, err := outbound.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// openTo gives options that allow the test server and nothing else.
func openTo(t *testing.T, server *httptest.Server) outbound.Options {
	t.Helper()
	host, err := outbound.HostOf(server.URL, true)
	if err != nil {
		t.Fatal(err)
	}
	return outbound.Options{Hosts: []outbound.Host{host}}
}

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func read(t *testing.T, client *outbound.Client, rawURL string) (string, error) {
	t.Helper()
	resp, err := client.Get(t.Context(), rawURL)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestAllowList(t *testing.T) {
	t.Parallel()
	dns := newNameServer(t, map[string][]string{})
	client := newClient(t, outbound.Options{
		Hosts: []outbound.Host{
			{Name: "API.example.org."}, {Name: "*.hub.example"}, {Name: "tracker.example", Port: 5000, PlainHTTP: true}, {Name: "2606:4700::1111"},
		},
		Resolver: dns.resolver(),
	})
	// No name resolves, so an allowed URL fails and a forbidden one is refused.
	tests := map[string]error{
		"https://api.example.org/":          outbound.ErrFailed,
		"https://API.EXAMPLE.ORG./x?y#z":    outbound.ErrFailed,
		"https://api.example.org:443/":      outbound.ErrFailed,
		"https://a.hub.example/":            outbound.ErrFailed,
		"https://a.b.hub.example/":          outbound.ErrFailed,
		"http://tracker.example:5000/":      outbound.ErrFailed,
		"https://tracker.example:5000/":     outbound.ErrFailed,
		"http://api.example.org/":           outbound.ErrRefused,
		"https://api.example.org:8443/":     outbound.ErrRefused,
		"https://api.example.org.evil.com/": outbound.ErrRefused,
		"https://evilapi.example.org/":      outbound.ErrRefused,
		"https://hub.example/":              outbound.ErrRefused,
		"https://evilhub.example/":          outbound.ErrRefused,
		"https://.hub.example/":             outbound.ErrRefused,
		"http://a.hub.example/":             outbound.ErrRefused,
		"https://tracker.example/":          outbound.ErrRefused,
		"https://user@api.example.org/":     outbound.ErrRefused,
		"https://example.org/":              outbound.ErrRefused,
		"https://8.8.8.8/":                  outbound.ErrRefused,
	}
	for rawURL, want := range tests {
		if _, err := read(t, client, rawURL); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", rawURL, err, want)
		}
	}
}

func TestNothingIsReachableByDefault(t *testing.T) {
	t.Parallel()
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	if _, err := read(t, newClient(t, outbound.Options{}), server.URL); !errors.Is(err, outbound.ErrRefused) {
		t.Errorf("got %v, want ErrRefused", err)
	}
}

func TestNewRefusesSenselessHosts(t *testing.T) {
	t.Parallel()
	for _, host := range []outbound.Host{
		{}, {Name: "*", Internal: true}, {Name: "*."}, {Name: "*.*"}, {Name: "a b"}, {Name: "https://x"}, {Name: "x/y"}, {Name: "x", Port: 65536},
		{Name: "x", Port: -2}, {Name: "127.1"}, {Name: "::ffff:1.2.3.4"}, {Name: "bücher.example"}, {Name: "fe80::1%eth0"}, {Name: "x:443"}, {Name: strings.Repeat("a", 254)},
	} {
		if _, err := outbound.New(outbound.Options{Hosts: []outbound.Host{host}}); err == nil {
			t.Errorf("%+v: accepted", host)
		}
	}
}

func TestHostOf(t *testing.T) {
	t.Parallel()
	tests := map[string]outbound.Host{
		"https://Issuer.example/keys":  {Name: "issuer.example", Port: 443},
		"http://127.0.0.1:8080/x":      {Name: "127.0.0.1", Port: 8080, PlainHTTP: true},
		"https://[2001:DB8::1]:8443/x": {Name: "2001:db8::1", Port: 8443},
	}
	for rawURL, want := range tests {
		got, err := outbound.HostOf(rawURL, false)
		if err != nil {
			t.Errorf("%s: %v", rawURL, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", rawURL, diff)
		}
	}
	for _, rawURL := range []string{"", "ftp://x/", "https://u:p@x/", "https://%zz", "https://0x7f.1/"} {
		if _, err := outbound.HostOf(rawURL, false); !errors.Is(err, outbound.ErrRefused) {
			t.Errorf("%q: %v, want ErrRefused", rawURL, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	bird := newCanary(t)
	var seen http.Header
	other := serve(t, func(w http.ResponseWriter, r *http.Request) { seen = r.Header.Clone(); fmt.Fprint(w, "other") })
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/self":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/other":
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		case "/canary":
			http.Redirect(w, r, "http://127.0.0.1:"+bird.port+"/", http.StatusFound)
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/latest/", http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/userinfo":
			http.Redirect(w, r, strings.Replace(other.URL, "//", "//u:p@", 1), http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			fmt.Fprint(w, "end")
		}
	})
	opts := openTo(t, server)
	opts.Hosts = append(opts.Hosts, openTo(t, other).Hosts...)
	refusing := newClient(t, opts)
	opts.Redirects = 3
	following := newClient(t, opts)

	for _, path := range []string{"/self", "/other", "/canary", "/metadata", "/file", "/userinfo", "/loop"} {
		if _, err := read(t, refusing, server.URL+path); !errors.Is(err, outbound.ErrRefused) {
			t.Errorf("redirects off, %s: %v, want ErrRefused", path, err)
		}
	}
	for path, want := range map[string]string{"/self": "end", "/other": "other"} {
		if got, err := read(t, following, server.URL+path); got != want || err != nil {
			t.Errorf("redirects on, %s: %q, %v, want %q", path, got, err, want)
		}
	}
	for _, path := range []string{"/canary", "/metadata", "/file", "/userinfo", "/loop"} {
		if _, err := read(t, following, server.URL+path); !errors.Is(err, outbound.ErrRefused) {
			t.Errorf("redirects on, %s: %v, want ErrRefused", path, err)
		}
	}
	if hits := bird.hits.Load(); hits != 0 {
		t.Errorf("%d redirects reached the canary", hits)
	}

	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/other", http.NoBody)
	req.Header = http.Header{"Private-Token": {"s3cret"}, "Authorization": {"Bearer s3cret"}, "Accept": {"text/plain"}}
	resp, err := following.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if strings.Contains(fmt.Sprint(seen), "s3cret") || seen.Get("Accept") != "text/plain" {
		t.Errorf("headers at the other host: %v", seen)
	}

	post, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/self", strings.NewReader("x"))
	if _, err := following.Do(post); !errors.Is(err, outbound.ErrRefused) { //nolint:bodyclose // refused: no body
		t.Errorf("redirected POST: %v, want ErrRefused", err)
	}
}

func TestRedirectDowngrade(t *testing.T) {
	t.Parallel()
	plain := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("reached over http") })
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	t.Cleanup(secure.Close)
	opts := openTo(t, plain)
	opts.Hosts = append(opts.Hosts, openTo(t, secure).Hosts...)
	opts.Redirects = 3
	opts.RootCAs = secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	if _, err := read(t, newClient(t, opts), secure.URL); !errors.Is(err, outbound.ErrRefused) {
		t.Errorf("got %v, want ErrRefused", err)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "private") }))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // the refused handshake below is on purpose
	secure.StartTLS()
	t.Cleanup(secure.Close)
	opts := openTo(t, secure)
	if _, err := read(t, newClient(t, opts), secure.URL); !errors.Is(err, outbound.ErrFailed) {
		t.Errorf("unknown authority: %v, want ErrFailed", err)
	}
	opts.RootCAs = secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	if body, err := read(t, newClient(t, opts), secure.URL); body != "private" || err != nil {
		t.Errorf("known authority: %q, %v", body, err)
	}
}

func TestBodyIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 1000
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		body := bytes.Repeat([]byte("a"), n)
		switch r.URL.Path {
		case "/chunked":
			_, _ = w.Write(body)
			_ = http.NewResponseController(w).Flush()
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			zip := gzip.NewWriter(w)
			_, _ = zip.Write(body)
			_ = zip.Close()
		default:
			w.Header().Set("Content-Length", strconv.Itoa(n))
			_, _ = w.Write(body)
		}
	})
	opts := openTo(t, server)
	opts.MaxResponseBytes = limit
	client := newClient(t, opts)
	for _, path := range []string{"/length", "/chunked", "/gzip"} {
		for _, n := range []int{0, 1, limit - 1, limit} {
			if body, err := read(t, client, fmt.Sprintf("%s%s?n=%d", server.URL, path, n)); len(body) != n || err != nil {
				t.Errorf("%s of %d bytes: got %d, %v", path, n, len(body), err)
			}
		}
		for _, n := range []int{limit + 1, 50 * limit} {
			body, err := read(t, client, fmt.Sprintf("%s%s?n=%d", server.URL, path, n))
			if !errors.Is(err, outbound.ErrTooLarge) || !errors.Is(err, outbound.ErrFailed) || len(body) > limit {
				t.Errorf("%s of %d bytes: got %d, %v, want ErrTooLarge", path, n, len(body), err)
			}
		}
	}
}

func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		w.Header().Set("X-Long", strings.Repeat("a", n))
	})
	opts := openTo(t, server)
	opts.MaxHeaderBytes = 4096
	client := newClient(t, opts)
	if _, err := read(t, client, server.URL+"/?n=1000"); err != nil {
		t.Error(err)
	}
	if _, err := read(t, client, server.URL+"/?n=100000"); !errors.Is(err, outbound.ErrFailed) {
		t.Errorf("got %v, want ErrFailed", err)
	}
}

func TestTimeIsBounded(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/drip" {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte("a"))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(5 * time.Millisecond)
			}
		}
		<-r.Context().Done()
	})
	opts := openTo(t, server)
	opts.Timeout = 100 * time.Millisecond
	client := newClient(t, opts)
	for _, path := range []string{"/silent", "/drip"} {
		start := time.Now()
		_, err := read(t, client, server.URL+path)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, want a deadline", path, err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s took %s", path, took)
		}
	}
}

func TestErrorsHideTheURL(t *testing.T) {
	t.Parallel()
	client := newClient(t, outbound.Options{Hosts: []outbound.Host{{Name: "127.0.0.1", Port: 1, Internal: true}}})
	for _, rawURL := range []string{
		"https://127.0.0.1:1/hooks/s3cret?token=s3cret", "https://elsewhere.example/s3cret?s3cret", "https://u:s3cret@127.0.0.1/", "https://127.0.0.1/%zz?s3cret",
	} {
		_, err := read(t, client, rawURL)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("error is %v", err)
		}
	}
}

func TestHostHeaderMustMatch(t *testing.T) {
	t.Parallel()
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	req.Host = "internal.example"
	if _, err := newClient(t, openTo(t, server)).Do(req); !errors.Is(err, outbound.ErrRefused) { //nolint:bodyclose // refused: no body
		t.Errorf("got %v, want ErrRefused", err)
	}
}

// TestProxyVariablesAreIgnored runs in a process of its own, since net/http reads the variables once.
func TestProxyVariablesAreIgnored(t *testing.T) {
	const marker = "MCG_TEST_PROXIED"
	if os.Getenv(marker) != "" {
		client := newClient(t, outbound.Options{
			Hosts:    []outbound.Host{{Name: "name.invalid", PlainHTTP: true}},
			Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, // so that the address check isn't what keeps the proxy out
		})
		_, err := read(t, client, "http://name.invalid/")
		t.Logf("error: %v", err)
		return
	}
	bird := newCanary(t)
	proxy := (&url.URL{Scheme: "http", Host: "127.0.0.1:" + bird.port}).String()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyVariablesAreIgnored$") //nolint:gosec // this test binary itself
	cmd.Env = append(os.Environ(), marker+"=1", "HTTP_PROXY="+proxy, "http_proxy="+proxy, "HTTPS_PROXY="+proxy, "ALL_PROXY="+proxy)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if hits := bird.hits.Load(); hits != 0 {
		t.Errorf("the proxy was asked %d times", hits)
	}
}

func FuzzURL(f *testing.F) {
	for _, form := range outboundtest.Forms("9") {
		f.Add(form)
	}
	f.Fuzz(func(t *testing.T, rawURL string) {
		host, err := outbound.HostOf(rawURL, false)
		if err != nil {
			return
		}
		if _, err := outbound.New(outbound.Options{Hosts: []outbound.Host{host}}); err != nil {
			t.Errorf("%q: HostOf gives %+v, which New refuses: %v", rawURL, host, err)
		}
		if strings.ContainsAny(host.Name, "@/\\%#? \t\r\n") || host.Name != strings.ToLower(host.Name) {
			t.Errorf("%q: host %q", rawURL, host.Name)
		}
	})
}
