//go:build unix

package main

import (
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"
)

func TestReload(t *testing.T) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	if code := run([]string{"reload", "--pid", strconv.Itoa(os.Getpid())}, nil, nil, io.Discard, io.Discard); code != exitGood {
		t.Fatalf("exit code %d", code)
	}
	select {
	case <-hangups:
	case <-time.After(10 * time.Second):
		t.Fatal("the process got no SIGHUP")
	}
	if code := run([]string{"reload", "--pid", "999999999"}, nil, nil, io.Discard, io.Discard); code != exitDependency {
		t.Errorf("exit code %d for a process that is not there", code)
	}
}
