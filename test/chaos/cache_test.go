//go:build chaos && linux

package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

const onlyRedis, onlyDisk = "MCG_CACHE_LEVELS=[{name: redis}]", "MCG_CACHE_LEVELS=[{name: disk}]"

// Rows 5 and 6: Redis is killed or stopped under load. It is the first tier, so
// that every view goes to it.
func TestRedisStops(t *testing.T) {
	together(t)
	dir := folder(t)
	r := newRedis(t, dir)
	s := newServer(t, dir, "a", "MCG_REDIS_URL="+r.url, "MCG_CACHE_LEVELS=[{name: redis}, {name: disk}]")
	s.start(t)
	pages := seed(t, s, "redis", 40)
	for _, fault := range []struct {
		row, name   string
		n           int
		stop, again func()
	}{
		{"5", "Redis kill -9", times(50), func() { r.kill() }, func() { r.start(t) }},
		{"6", "Redis SIGSTOP 2 s", times(20), func() { r.signal(syscall.SIGSTOP) }, func() { r.signal(syscall.SIGCONT) }},
	} {
		l := readers(100, pages, func() string { return s.url })
		time.Sleep(time.Second)
		before, _, _ := l.reset()
		var opened, back, first, after, most time.Duration
		for range fault.n {
			fault.stop()
			opened = max(opened, eventually(t, "the breaker opens", 10*time.Second, func() bool { return s.metric("mcg_breaker_state", "cache_redis_read") == 1 }))
			_, _, worst := l.reset()
			first = max(first, worst)
			time.Sleep(2 * time.Second)
			p50, _, worst := l.reset()
			after, most = max(after, p50), max(most, worst)
			fault.again()
			back = max(back, eventually(t, "Redis is used again", 20*time.Second, s.healthy))
			l.reset()
		}
		l.end()
		lines := strings.Count(s.logs(t), `cache tier fails and is skipped`)
		s.kill()
		table.add(t, line{row: fault.row, fault: fault.name + " at 100 views/s", n: fault.n, wrong: l.wrong, errors: l.errors, degraded: opened, recovered: back,
			control: fmt.Sprintf("%d changes logged", lines),
			note:    fmt.Sprintf("p50 %s before, slowest until the breaker %s, then p50 %s, slowest %s; %s", ms(before), ms(first), ms(after), ms(most), l.last)})
		if lines < fault.n {
			t.Errorf("%d of %d stops had a line in the log", lines, fault.n)
		}
		_ = os.Remove(s.log)
		s.start(t)
	}
}

// Row 7: Redis forgets everything once a second.
func TestRedisFlushed(t *testing.T) {
	together(t)
	dir := folder(t)
	r := newRedis(t, dir, "--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lru")
	s := newServer(t, dir, "a", "MCG_REDIS_URL="+r.url, onlyRedis)
	s.start(t)
	pages := seed(t, s, "flush", 20)
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + r.port})
	defer func() { _ = c.Close() }()
	l := readers(100, pages, func() string { return s.url })
	begun := s.metric("mcg_render_seconds_count", `"html"`)
	n := times(60)
	for range n {
		time.Sleep(time.Second)
		if err := c.FlushAll(context.Background()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(500 * time.Millisecond) // for the last one to be noticed
	l.end()
	renders := int(s.metric("mcg_render_seconds_count", `"html"`) - begun)
	bad := l.errors
	if renders > (n+1)*len(pages)*2 { // a write is on its way while the next asks
		bad++
	}
	table.add(t, line{row: "7", fault: "Redis FLUSHALL each second", n: n, wrong: l.wrong, errors: bad,
		control: fmt.Sprintf("%d renderings, so it was empty", renders), note: fmt.Sprintf("at most %d keys to rebuild", n*len(pages))})
	if renders == 0 {
		t.Error("nothing was rendered again")
	}
}

// Row 8: Redis answers with another card's page, an old one, or rubbish.
func TestRedisPoisoned(t *testing.T) {
	together(t)
	dir := folder(t)
	r := newRedis(t, dir)
	s := newServer(t, dir, "a", "MCG_REDIS_URL="+r.url, onlyRedis)
	s.start(t)
	pages := seed(t, s, "poison", 50)
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + r.port})
	defer func() { _ = c.Close() }()
	ctx := context.Background()
	original := map[string][]byte{}
	eventually(t, "the pages are in Redis", 20*time.Second, func() bool {
		keys, _ := c.Keys(ctx, "*").Result()
		for _, key := range keys {
			if value, err := c.Get(ctx, key).Bytes(); err == nil {
				original[key] = value
			}
		}
		return len(original) >= len(pages)
	})
	put := func(change func(value, other []byte) []byte) int {
		n, other := 0, []byte("another")
		for key, value := range original {
			if err := c.Set(ctx, key, change(bytes.Clone(value), other), time.Hour).Err(); err != nil {
				t.Fatal(err)
			}
			n, other = n+1, value
		}
		return n
	}
	ask := func() (wrong int) {
		for _, p := range pages {
			if a := get(s.url + p.path); a.status != http.StatusOK || !bytes.Equal(a.body, p.body) {
				wrong++
			}
		}
		return wrong
	}
	put(func(value, _ []byte) []byte { return value })
	hits := s.metric("mcg_cache_requests_total", `"redis"`, `"hit"`)
	wrong := ask()
	hits = s.metric("mcg_cache_requests_total", `"redis"`, `"hit"`) - hits
	if int(hits) != len(pages) {
		t.Errorf("control: %v hits of %d untouched values", hits, len(pages))
	}
	corrupt := s.metric("mcg_cache_requests_total", `"redis"`, `"corrupt"`)
	total := 0
	for total < times(1000) {
		total += put(mutation())
		wrong += ask()
		time.Sleep(100 * time.Millisecond) // what was made again is written
	}
	corrupt = s.metric("mcg_cache_requests_total", `"redis"`, `"corrupt"`) - corrupt
	table.add(t, line{row: "8", fault: "poisoned Redis values", n: total, wrong: wrong,
		control: fmt.Sprintf("%v of %d untouched ones served", hits, len(pages)), note: fmt.Sprintf("%v found out by checksum or key", corrupt)})
	if int(corrupt) < total*9/10 {
		t.Errorf("%v of %d were looked at", corrupt, total)
	}
}

// mutation is one way to spoil a stored entry, given another entry.
func mutation() func(value, other []byte) []byte {
	ways := []func(value, other []byte) []byte{
		func(value, _ []byte) []byte { value[rand.N(len(value))] ^= 1 << rand.N(8); return value },
		func(value, _ []byte) []byte { return value[:rand.N(len(value))] },
		func(value, _ []byte) []byte { return append(value, value[:1+rand.N(100)]...) },
		func(_, other []byte) []byte { return other },
		func(value, other []byte) []byte { return append(value[:len(value)/2], other[len(other)/2:]...) },
		func(value, _ []byte) []byte {
			for i := range value {
				value[i] = byte(rand.Uint32())
			}
			return value
		},
		func(value, _ []byte) []byte { clear(value[len(value)/2:]); return value }, // a hole after a crash
	}
	return func(value, other []byte) []byte { return ways[rand.N(len(ways))](value, other) }
}

// entries are the files of a disk cache.
func entries(dir string) map[string][]byte {
	found := map[string][]byte{}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && len(filepath.Base(path)) > 32 {
			if text, err := os.ReadFile(path); err == nil {
				found[path] = text
			}
		}
		return nil
	})
	return found
}

// Row 10: files of the disk cache are changed, cut, swapped and linked.
func TestDiskPoisoned(t *testing.T) {
	together(t)
	dir := folder(t)
	pagesDir, err := os.MkdirTemp("/dev/shm", "mcg-chaos-") // each of 10,000 pages is written again, and synced
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(pagesDir) })
	s := newServer(t, dir, "a", "MCG_CACHE_DIR="+pagesDir, onlyDisk)
	s.start(t)
	pages := seed(t, s, "disk", 100)
	var original map[string][]byte
	eventually(t, "the pages are on disk", 20*time.Second, func() bool {
		original = entries(pagesDir)
		return len(original) >= len(pages)
	})
	ask := func() int {
		var wrong atomic.Int64
		var wait sync.WaitGroup
		for part := range 4 {
			wait.Go(func() {
				for i := part; i < len(pages); i += 4 {
					if a := get(s.url + pages[i].path); a.status != http.StatusOK || !bytes.Equal(a.body, pages[i].body) {
						wrong.Add(1)
					}
				}
			})
		}
		wait.Wait()
		return int(wrong.Load())
	}
	hits := s.metric("mcg_cache_requests_total", `"disk"`, `"hit"`)
	wrong := ask()
	hits = s.metric("mcg_cache_requests_total", `"disk"`, `"hit"`) - hits
	if int(hits) != len(pages) {
		t.Errorf("control: %v hits of %d untouched files", hits, len(pages))
	}
	corrupt := s.metric("mcg_cache_requests_total", `"disk"`, `"corrupt"`)
	total, all := 0, times(10000)
	for total < all {
		total += spoil(t, original)
		wrong += ask()
		eventually(t, "spoilt files are made again", 30*time.Second, func() bool {
			if whole(original) {
				return true
			}
			time.Sleep(100 * time.Millisecond)
			wrong += ask() // one that was removed while it was written comes back with the next reader
			return false
		})
		time.Sleep(20 * time.Millisecond)
	}
	corrupt = s.metric("mcg_cache_requests_total", `"disk"`, `"corrupt"`) - corrupt
	table.add(t, line{row: "10", fault: "mutated disk entries", n: total, wrong: wrong,
		control: fmt.Sprintf("%v of %d untouched ones served", hits, len(pages)), note: fmt.Sprintf("%v found out", corrupt)})
	if int(corrupt) < total*9/10 {
		t.Errorf("%v of %d were looked at", corrupt, total)
	}
}

// whole reports whether every file is as it was first written, but for the time
// that is in it.
func whole(original map[string][]byte) bool {
	for path, text := range original {
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(text)) {
			return false
		}
	}
	return true
}

// spoil replaces every file by a spoilt one.
func spoil(t *testing.T, original map[string][]byte) int {
	t.Helper()
	n, other, otherPath := 0, bytes.Repeat([]byte("o"), 300), "/etc/hostname"
	for path, text := range original {
		_ = os.RemoveAll(path)
		var err error
		switch rand.N(10) {
		case 0:
			err = os.Symlink(otherPath, path)
		case 1:
			err = os.Mkdir(path, 0o700)
			if err == nil { // a folder cannot be replaced by a file; it only has to be harmless
				err = os.Remove(path)
			}
			if err == nil {
				err = os.WriteFile(path, nil, 0o600)
			}
		default:
			spoilt := mutation()(bytes.Clone(text), other)
			if bytes.Equal(spoilt, text) {
				spoilt = nil
			}
			err = os.WriteFile(path, spoilt, 0o600)
		}
		if errors.Is(err, fs.ErrExist) {
			continue // the last round's page has just been written
		}
		if err != nil {
			t.Fatal(err)
		}
		n, other, otherPath = n+1, text, path
	}
	return n
}

// The commands clean and count the folder of a running service, which goes on
// and finds out by itself.
func TestCleanedWhileServing(t *testing.T) {
	together(t)
	dir := folder(t)
	s := newServer(t, dir, "a", onlyDisk)
	s.start(t)
	pages := seed(t, s, "clean", 50)
	l := readers(100, pages, func() string { return s.url })
	command := func(args ...string) string {
		cmd := exec.Command(binary, append([]string{"cache"}, args...)...)
		cmd.Dir, cmd.Env = s.dir, []string{"MCG_CONFIG_DIR=" + s.dir, "MCG_DATA_DIR=" + filepath.Join(s.dir, "data")}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %v %s", args, err, out)
		}
		return string(out)
	}
	removed, kept := 0, 0
	n := times(40)
	for range n {
		if !strings.HasPrefix(command("stats"), "entries ") {
			t.Error("no count")
		}
		var entries, bytes int
		_, _ = fmt.Sscanf(command("clean", "--older-than", "0s"), "removed %d entries, %d bytes", &entries, &bytes)
		removed += entries
		_, _ = fmt.Sscanf(command("clean", "--older-than", "7d"), "removed %d", &kept)
		time.Sleep(50 * time.Millisecond)
	}
	l.end()
	if removed == 0 || kept != 0 {
		t.Errorf("%d removed as old as nothing, %d as old as a week", removed, kept)
	}
	table.add(t, line{row: "–", fault: "mcg cache clean and stats while serving", n: n, wrong: l.wrong, errors: l.errors, control: fmt.Sprintf("%d files removed", removed), note: l.last})
}

// Row 9: the folder of the disk cache is full, read-only, or gone.
func TestCacheFolder(t *testing.T) {
	together(t)
	if os.Geteuid() != 0 {
		t.Fatal("mounting needs root")
	}
	dir := folder(t)
	mount := filepath.Join(dir, "cache")
	if err := os.Mkdir(mount, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(mount, syscall.MNT_DETACH) })
	s := newServer(t, dir, "a", "MCG_CACHE_DIR="+mount+"/pages", onlyDisk)
	s.start(t)
	pages := seed(t, s, "folder", 20)
	filler := filepath.Join(mount, "filler")
	faults := []struct {
		name       string
		harm, heal func() error
	}{
		{"full", func() error {
			_ = os.WriteFile(filler, make([]byte, 2<<20), 0o600) // as much of it as fits
			return nil
		}, func() error { return os.Remove(filler) }},
		{"read-only", func() error { return syscall.Mount("", mount, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "") },
			func() error { return syscall.Mount("", mount, "", syscall.MS_REMOUNT, "size=1m") }},
		{"gone", func() error { return os.RemoveAll(mount + "/pages") }, func() error { return nil }},
	}
	n := times(21)
	var degraded, recovered time.Duration
	wrong, errors, noticed := 0, 0, 0
	for i := range n {
		fault := faults[i%len(faults)]
		if err := fault.harm(); err != nil {
			t.Fatal(fault.name, err)
		}
		fresh := seed(t, s, fmt.Sprintf("%s-%d", fault.name, i), 3) // fails the test on any other answer
		if fault.name != "gone" {                                   // a folder that is gone is made again
			degraded = max(degraded, eventually(t, fault.name+" is noticed", 20*time.Second, func() bool { return !s.healthy() }))
			noticed++
		}
		for _, p := range append(fresh, pages...) {
			a := get(s.url + p.path)
			if a.status != http.StatusOK {
				errors++
			} else if !bytes.Equal(a.body, p.body) {
				wrong++
			}
		}
		if err := fault.heal(); err != nil {
			t.Fatal(fault.name, err)
		}
		recovered = max(recovered, eventually(t, fault.name+" is over", 30*time.Second, s.healthy))
	}
	table.add(t, line{row: "9", fault: "cache folder full, read-only, gone", n: n, wrong: wrong, errors: errors, degraded: degraded, recovered: recovered,
		control: fmt.Sprintf("%d seen in /health", noticed)})
}

// Row 25: a thousand clients want the same cold page; the first goes away.
func TestHerd(t *testing.T) {
	together(t)
	dir := folder(t)
	db := newPostgres(t, dir+"/pg", "log_statement=all", "log_line_prefix=")
	writer := newServer(t, dir, "writer", "MCG_DATABASE_URL="+db.url)
	s := newServer(t, dir, "a", "MCG_DATABASE_URL="+db.url, "MCG_CACHE_LEVELS=[{name: memory, size: 100MB, ttl: 5m}]")
	writer.start(t)
	s.start(t)
	crowd := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}, Timeout: 20 * time.Second}
	n, wrong, errors, renders, reads := times(20), 0, 0, 0, 0
	for i := range n {
		p := seed(t, writer, fmt.Sprintf("herd-%d", i), 1)[0]
		before := s.metric("mcg_render_seconds_count", `"html"`)
		logged := strings.Count(db.logs(t), fmt.Sprintf("herd-%d-0'", i))
		var bad, failed atomic.Int64
		var wait sync.WaitGroup
		gate := make(chan struct{})
		for k := range 1000 {
			wait.Go(func() {
				<-gate
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				if k == 0 {
					time.AfterFunc(time.Millisecond, cancel)
				}
				r, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.url+p.path, http.NoBody)
				response, err := crowd.Do(r)
				if err != nil {
					if k > 0 {
						failed.Add(1)
					}
					return
				}
				defer func() { _ = response.Body.Close() }()
				var body bytes.Buffer
				if _, err := body.ReadFrom(response.Body); k > 0 && (err != nil || response.StatusCode != http.StatusOK) {
					failed.Add(1)
				} else if k > 0 && !bytes.Equal(body.Bytes(), p.body) {
					bad.Add(1)
				}
			})
		}
		close(gate)
		wait.Wait()
		wrong, errors = wrong+int(bad.Load()), errors+int(failed.Load())
		renders = max(renders, int(s.metric("mcg_render_seconds_count", `"html"`)-before))
		reads = max(reads, strings.Count(db.logs(t), fmt.Sprintf("herd-%d-0'", i))-logged)
	}
	if renders != 1 {
		errors++
	}
	a := get(writer.url + "/v1/cards/chaos/herd-0-0?format=yaml")
	table.add(t, line{row: "25", fault: "1,000 clients, one cold page", n: n, wrong: wrong, errors: errors,
		control: fmt.Sprintf("another format asks again: %d", a.status), note: fmt.Sprintf("at most %d rendering, %d database reads in a second", renders, reads)})
}
