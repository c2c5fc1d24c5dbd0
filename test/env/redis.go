//go:build unix

package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// startRedis starts a server that keeps nothing and, as the production guide
// has it, evicts any key.
func startRedis(ctx context.Context, program, folder string) (*daemon, error) {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	cmd := exec.Command(program, // found by us; stop ends it
		"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", folder,
		"--save", "", "--appendonly", "no", "--maxmemory-policy", "allkeys-lru")
	cmd.Dir = folder
	server := &daemon{url: "redis://" + address + "/0", cmd: cmd, quit: syscall.SIGTERM}
	return server, server.start(ctx, filepath.Join(folder, "log"), func(ctx context.Context) error {
		return pingRedis(ctx, address)
	})
}

// pingRedis says PING and wants PONG.
func pingRedis(ctx context.Context, address string) error {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close() // one question was all
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && answer != "+PONG\r\n" {
		return fmt.Errorf("redis answers %q", answer)
	}
	return err
}
