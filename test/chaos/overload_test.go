//go:build chaos && linux

package chaos

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// resident is the memory of a server in bytes.
func (s *server) resident() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// endless is a body without an end in sight.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = '#'
	}
	e.left -= int64(len(p))
	return len(p), nil
}

// Row 22: bodies of a gigabyte in chunks, and compressed ones.
func TestEndlessBodies(t *testing.T) {
	together(t)
	dir := folder(t)
	s := newServer(t, dir, "a")
	s.start(t)
	seed(t, s, "body", 1)
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	_, _ = io.Copy(w, &endless{left: 256 << 20})
	_ = w.Close()
	for range 50 { // so that what grows later is not the program itself
		do(http.MethodPost, s.url+"/v1/render", "model: {name: x}\n"+strings.Repeat("#", 100_000), nil)
	}
	before, most := s.resident(), int64(0)
	n, errors, refused := times(1000), 0, 0
	var slowest time.Duration
	for i := range n {
		var body io.Reader = &endless{left: 1 << 30}
		encoding := ""
		if i%2 == 1 {
			body, encoding = bytes.NewReader(bomb.Bytes()), "gzip"
		}
		r, _ := http.NewRequest(http.MethodPost, s.url+"/v1/cards", io.NopCloser(body))
		r.Header.Set("Content-Type", []string{"application/yaml", "application/json", "text/markdown"}[i%3])
		if encoding != "" {
			r.Header.Set("Content-Encoding", encoding)
		}
		begun := time.Now()
		response, err := client.Do(r)
		slowest = max(slowest, time.Since(begun))
		if err == nil {
			if response.StatusCode < 400 || response.StatusCode >= 500 {
				errors++
			}
			refused++
			_ = response.Body.Close()
		} // or the connection was closed while the body was still being sent
		most = max(most, s.resident())
	}
	if grown := most - before; grown > 16<<20 { // twice the largest document
		errors++
	}
	a := get(s.url + "/v1/cards")
	if a.status != http.StatusOK {
		errors++
	}
	table.add(t, line{row: "22", fault: "1 GiB chunked bodies and gzip bombs", n: n, errors: errors, control: fmt.Sprintf("%d answered 4xx, list %d", refused, a.status),
		note: fmt.Sprintf("memory grew by %d MB at most, slowest answer %s", (most-before)>>20, ms(slowest))})
}

// Row 23: two thousand connections that never finish their headers.
func TestSlowloris(t *testing.T) {
	together(t)
	dir := folder(t)
	s := newServer(t, dir, "a")
	s.shell = "ulimit -n 8192"
	s.start(t)
	pages := seed(t, s, "loris", 20)
	url := func() string { return s.url }
	quiet := readers(50, pages, url)
	time.Sleep(2 * time.Second)
	quiet.end()
	_, calm, _ := quiet.reset()
	l := readers(50, pages, url)
	n, conns := times(5), 2000*min(100, percent())/100
	var longest time.Duration
	open := 0
	for range n {
		var wait sync.WaitGroup
		var held atomic.Int64
		var slowest atomic.Int64
		for range conns {
			wait.Go(func() {
				c, err := net.Dial("tcp", "127.0.0.1:"+s.port)
				if err != nil {
					return
				}
				defer func() { _ = c.Close() }()
				held.Add(1)
				begun := time.Now()
				_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
				for i := 0; time.Since(begun) < 15*time.Second; i++ {
					_ = c.SetReadDeadline(time.Now().Add(time.Second))
					if _, err := c.Read(make([]byte, 512)); err != nil {
						if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
							_, _ = fmt.Fprintf(c, "X-%d: y\r\n", i)
							continue
						}
					}
					break
				}
				raise(&slowest, int64(time.Since(begun)))
			})
		}
		wait.Wait()
		longest = max(longest, time.Duration(slowest.Load()))
		open = max(open, int(held.Load()))
	}
	l.end()
	_, p99, _ := l.reset()
	bad := l.errors
	if longest > 9*time.Second {
		bad++
	}
	table.add(t, line{row: "23", fault: fmt.Sprintf("%d slow headers", conns), n: n, wrong: l.wrong, errors: bad, recovered: longest,
		control: fmt.Sprintf("%d were open", open), note: fmt.Sprintf("p99 of views %s, %s without; held open for at most %s", ms(p99), ms(calm), ms(longest))})
}

// Row 24: readers that ask and do not read are let go by the write timeout.
func TestSlowReaders(t *testing.T) {
	together(t)
	if percent() < 100 {
		t.Skip("the write timeout is half a minute; only the full run waits for it")
	}
	dir := folder(t)
	s := newServer(t, dir, "a", "MCG_TIMEOUT_SECONDS=1")
	s.shell = "ulimit -n 8192"
	s.start(t)
	document := "model: {id: chaos/long, name: Long, description: " + strconv.Quote(strings.Repeat("many words ", 20000)) + "}\n"
	if a := do(http.MethodPost, s.url+"/v1/cards", document, nil); a.status != http.StatusCreated {
		t.Fatalf("%d %s", a.status, a.body)
	}
	before := s.metric("mcg_http_in_flight")
	var conns []*net.TCPConn
	request := strings.Repeat("GET /v1/cards/chaos/long?format=source HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 60)
	for range 500 {
		c, err := net.Dial("tcp", "127.0.0.1:"+s.port)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.(*net.TCPConn).SetReadBuffer(4096)
		_, _ = io.WriteString(c, request)
		conns = append(conns, c.(*net.TCPConn))
	}
	time.Sleep(3 * time.Second)
	stuck := s.metric("mcg_http_in_flight") - before
	freed := eventually(t, "they are let go", 50*time.Second, func() bool { return s.metric("mcg_http_in_flight")-before < 5 })
	for _, c := range conns {
		_ = c.Close()
	}
	errors := 0
	if stuck < 100 {
		errors++
	}
	table.add(t, line{row: "24", fault: "500 readers that do not read", n: 500, errors: errors, recovered: freed, control: fmt.Sprintf("%.0f were stuck", stuck)})
}

// Row 26: three times what the service can do, for a while.
func TestOverload(t *testing.T) {
	together(t)
	dir := folder(t)
	s := newServer(t, dir, "a", "MCG_MAX_WORKERS=2", "MCG_QUEUE_SIZE=16")
	s.shell = "taskset -p -c 0 $$ >/dev/null" // one processor for the service, the others for its clients
	s.start(t)
	document := "model: {id: chaos/big, name: Big, license: mit, description: " + strconv.Quote(strings.Repeat("A paragraph of *many* words, [links](https://example.org) and `code`.\n\n", 1200)) + "}\n"
	ask := func() answer { return do(http.MethodPost, s.url+"/v1/render?format=html", document, nil) }
	window := time.Duration(max(3, times(30))) * time.Second
	capacity := closedLoop(4, window/2, ask)
	good, refused, other, took := openLoop(3*capacity, window, ask)
	calm := time.Now()
	back := eventually(t, "it is as before", 10*time.Second, func() bool { return ask().status == http.StatusOK && time.Since(calm) > 0 })
	goodput := float64(good) / window.Seconds()
	errors := other
	if goodput < 0.8*capacity {
		errors++
	}
	_, p99, _ := percentiles(took)
	table.add(t, line{row: "26", fault: fmt.Sprintf("3x overload for %v", window), n: 1, errors: errors, recovered: back, control: fmt.Sprintf("%d shed with 503", refused),
		note: fmt.Sprintf("capacity %.0f/s, goodput %.0f/s (%.2f), p99 of what is served %s", capacity, goodput, goodput/capacity, ms(p99))})
	if refused == 0 {
		t.Error("nothing was shed: that was no overload")
	}
}

// closedLoop is what the service can do: how many answers a second so many
// clients get who ask again when they are answered.
func closedLoop(clients int, window time.Duration, ask func() answer) (perSecond float64) {
	var count atomic.Int64
	var wait sync.WaitGroup
	end := time.Now().Add(window)
	for range clients {
		wait.Go(func() {
			for time.Now().Before(end) {
				if ask().status == http.StatusOK {
					count.Add(1)
				}
			}
		})
	}
	wait.Wait()
	return float64(count.Load()) / window.Seconds()
}

// openLoop asks at a rate, whether it is answered or not.
func openLoop(perSecond float64, window time.Duration, ask func() answer) (good, refused, other int, took []time.Duration) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	begun := time.Now()
	for n := 0; time.Since(begun) < window; n++ {
		time.Sleep(time.Until(begun.Add(time.Duration(float64(n) / perSecond * float64(time.Second)))))
		wait.Go(func() {
			a := ask()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case a.status == http.StatusOK:
				good++
				took = append(took, a.took)
			case a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "":
				refused++
			default:
				other++
			}
		})
	}
	wait.Wait()
	return good, refused, other, took
}

// Row 30: no file descriptor is left.
func TestNoDescriptors(t *testing.T) {
	together(t)
	dir := folder(t)
	s := newServer(t, dir, "a")
	s.shell = "ulimit -n 256"
	s.start(t)
	pages := seed(t, s, "fds", 5)
	n, errors, held := times(10), 0, 0
	var back time.Duration
	for range n {
		var conns []net.Conn
		probe, err := net.Dial("tcp", "127.0.0.1:"+s.port) // a connection from before goes on
		if err != nil {
			t.Fatal(err)
		}
		answers := bufio.NewReader(probe)
		ask := func() int {
			_ = probe.SetDeadline(time.Now().Add(5 * time.Second))
			_, _ = io.WriteString(probe, "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
			response, err := http.ReadResponse(answers, nil)
			if err != nil {
				return 0
			}
			_, _ = io.Copy(io.Discard, response.Body)
			return response.StatusCode
		}
		ask()
		for range 400 {
			if c, err := net.DialTimeout("tcp", "127.0.0.1:"+s.port, time.Second); err == nil {
				conns = append(conns, c)
			}
		}
		held = max(held, len(conns))
		if ask() != http.StatusOK {
			errors++
		}
		for _, c := range conns {
			_ = c.Close()
		}
		_ = probe.Close()
		begun := time.Now()
		eventually(t, "it serves again", 20*time.Second, func() bool { return get(s.url+pages[0].path).status == http.StatusOK })
		back = max(back, time.Since(begun))
	}
	if !s.alive() {
		errors++
	}
	table.add(t, line{row: "30", fault: "descriptors exhausted (ulimit -n 256)", n: n, errors: errors, recovered: back,
		control: fmt.Sprintf("%d connections at once, %d refused in the log", held, strings.Count(s.logs(t), "too many open files"))})
}
