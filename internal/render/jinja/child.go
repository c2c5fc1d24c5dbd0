package jinja

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Child makes a process that was started to render a template do so and end; in
// any other process it does nothing. It must be the first thing that main does.
func Child() {
	if len(os.Args) != 2 || os.Args[1] != childArgument {
		return
	}
	if err := confine(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "mcg: the limits for a template cannot be set:", err)
		os.Exit(1)
	}
	os.Exit(serve(os.Stdin, os.Stdout))
}

// confine takes from this process, for good, all that a template has no use
// for: more memory, more processor time, and any file or connection but the
// three that are open.
func confine() error {
	// The parent kills a child that is late; this is for a parent that is gone.
	// The runtime opens its poller with the first timer, so one has to be there
	// before no file can be opened any more.
	time.AfterFunc(2*Patience, func() { os.Exit(1) })
	runtime.GOMAXPROCS(1)
	debug.SetMaxStack(MaxStack)
	debug.SetMemoryLimit(MaxMemory / 2)
	debug.SetTraceback("none")
	closeInherited()
	size, err := addressSpace()
	if err != nil {
		return err
	}
	seconds := uint64(Timeout.Seconds())
	for _, limit := range []struct {
		resource int
		most     uint64
	}{
		{unix.RLIMIT_AS, size + MaxMemory},
		{unix.RLIMIT_CPU, seconds},
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_FSIZE, 0},
		{unix.RLIMIT_NOFILE, 3},
	} {
		if err := unix.Setrlimit(limit.resource, &unix.Rlimit{Cur: limit.most, Max: limit.most}); err != nil {
			return fmt.Errorf("limit %d: %w", limit.resource, err)
		}
	}
	return nil
}

// maxInherited bounds the descriptors that a parent may have left open.
const maxInherited = 1024

// closeInherited closes what this process was started with beside its standard
// streams: Go's own descriptors do not pass to a child, but those that the
// parent has from elsewhere do. The runtime's poller has no name in the file
// system and stays.
func closeInherited() {
	name := make([]byte, 256)
	for fd := 3; fd < maxInherited; fd++ {
		n, err := unix.Readlink("/proc/self/fd/"+strconv.Itoa(fd), name)
		if err == nil && !strings.HasPrefix(string(name[:n]), "anon_inode:") {
			_ = unix.Close(fd)
		}
	}
}

// plainAddressSpace stands in for the size of the address space where the
// system does not tell it.
const plainAddressSpace = 4 << 30

// addressSpace is the size of this process's address space in bytes. The
// runtime reserves much more of it than it uses, so a limit counts from there.
// It reads without package os, which would leave descriptors of its poller open.
func addressSpace() (uint64, error) {
	fd, err := unix.Open("/proc/self/statm", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return plainAddressSpace, nil //nolint:nilerr // not every system has it
	}
	defer func() { _ = unix.Close(fd) }()
	text := make([]byte, 256)
	n, err := unix.Read(fd, text)
	if err != nil {
		return 0, err
	}
	pages, _, _ := strings.Cut(string(text[:n]), " ")
	count, err := strconv.ParseUint(pages, 10, 64)
	return count * uint64(os.Getpagesize()), err //nolint:gosec // a page has a positive size
}

// serve answers the one request of a child and says how the process ends.
// Nothing of a text that could not be finished is written.
func serve(in io.Reader, out io.Writer) int {
	var q request
	if err := json.NewDecoder(in).Decode(&q); err != nil {
		return 1
	}
	text, fault := answer(q)
	if fault == nil {
		if _, err := out.Write(text); err != nil {
			return 1
		}
		return 0
	}
	if err := json.NewEncoder(out).Encode(fault); err != nil {
		return 1
	}
	return exitFailed
}
