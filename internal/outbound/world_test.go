package outbound_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// canary is a listener that nothing must ever reach; it answers like a web server so that a hit is unmistakable.
type canary struct {
	port string
	hits atomic.Int64
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	ln, err := net.Listen("tcp", ":0") //nolint:gosec // every interface on purpose: 0.0.0.0 and ::1 must be seen too
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	c := &canary{port: port}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.serve(ln)
	}()
	t.Cleanup(func() { _ = ln.Close(); <-done })
	return c
}

func (c *canary) serve(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		c.hits.Add(1)
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		_, _ = conn.Read(make([]byte, 4096)) // an answer before the question would confuse the client
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary"))
		_ = conn.Close()
	}
}

// nameServer is a small DNS server with scripted answers: the n-th A query for a name gets the n-th answer, the last for ever.
type nameServer struct {
	addr    string
	mu      sync.Mutex
	answers map[string][]string
	asked   map[string]int
}

func newNameServer(t *testing.T, answers map[string][]string) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{addr: conn.LocalAddr().String(), answers: answers, asked: map[string]int{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve(conn)
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return s
}

func (s *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", s.addr)
	}}
}

func (s *nameServer) serve(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if reply, err := s.reply(buf[:n]); err == nil {
			_, _ = conn.WriteTo(reply, from)
		}
	}
}

func (s *nameServer) reply(query []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	answer, ok := s.next(strings.TrimSuffix(strings.ToLower(q.Name.String()), "."), q.Type)
	if !ok {
		m.RCode = dnsmessage.RCodeNameError
	}
	for addr := range strings.FieldsSeq(answer) {
		if body := resource(netip.MustParseAddr(addr), q.Type); body != nil {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
				Body:   body,
			})
		}
	}
	return m.Pack()
}

func resource(addr netip.Addr, kind dnsmessage.Type) dnsmessage.ResourceBody {
	switch {
	case kind == dnsmessage.TypeA && addr.Is4():
		return &dnsmessage.AResource{A: addr.As4()}
	case kind == dnsmessage.TypeAAAA && addr.Is6():
		return &dnsmessage.AAAAResource{AAAA: addr.As16()}
	default:
		return nil
	}
}

func (s *nameServer) next(name string, kind dnsmessage.Type) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, ok := s.answers[name]
	if !ok {
		return "", false
	}
	i := min(s.asked[name], len(list)-1)
	if kind == dnsmessage.TypeA {
		s.asked[name]++
	}
	return list[i], true
}
