//go:build chaos && linux

// Package chaos breaks a running service on one machine and counts what its
// clients see. Real Postgres (with fsync), real Redis and servers of the built
// binary are processes of their own, which are killed, stopped, starved and
// lied to. Each test is a row of the fault table; each has a control that shows
// that it could have failed. How often a fault is repeated comes from the
// environment: MCG_CHAOS_N is a factor in percent, MCG_CHAOS_KILLS the kills.
package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

var binary string // the built server

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mcg-chaos-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "mcg")
	build := exec.Command("go", "build", "-o", binary, "../../cmd/mcg")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	code := m.Run()
	table.print(os.Stdout)
	return code
}

// times is how often a fault is repeated: all of it is for a claim, a share
// of it for a quick look.
func times(all int) int {
	return max(1, all*percent()/100)
}

func percent() int {
	if n, err := strconv.Atoi(os.Getenv("MCG_CHAOS_N")); err == nil {
		return n
	}
	return 100
}

func kills(most int) int {
	if n, err := strconv.Atoi(os.Getenv("MCG_CHAOS_KILLS")); err == nil {
		return n
	}
	return most
}

// together lets faults of a quick look happen at the same time. For figures each
// has the machine to itself.
func together(t *testing.T) {
	if percent() < 100 {
		t.Parallel()
	}
}

// process is one that is meant to suffer. It leads a group of its own.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	log   string
}

func start(t *testing.T, cmd *exec.Cmd, log string) *process {
	t.Helper()
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	cmd.Stdout, cmd.Stderr = file, file
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, ended: make(chan struct{}), log: log}
	go func() { defer close(p.ended); _ = cmd.Wait() }()
	return p
}

// signal reaches the process and all that it started.
func (p *process) signal(s syscall.Signal) { _ = syscall.Kill(-p.cmd.Process.Pid, s) }

func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.ended
}

func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *process) logs(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(p.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

func eventually(t *testing.T, what string, within time.Duration, is func() bool) time.Duration {
	t.Helper()
	begun := time.Now()
	for time.Since(begun) < within {
		if is() {
			return time.Since(begun)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("it did not come true within %v: %s", within, what)
	return 0
}

// postgres is a cluster of its own that can be started again.
type postgres struct {
	*process
	bin, dir, port, url string
	account             *syscall.Credential
	settings            []string
}

// programs is the folder of initdb and postgres; Debian keeps it out of PATH.
func programs(t *testing.T) string {
	t.Helper()
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if path, err := filepath.EvalSymlinks(initdb); err == nil {
			return filepath.Dir(path)
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		t.Fatal("there is no initdb; run go run ./test/env -- true once, or install PostgreSQL")
	}
	return found[len(found)-1]
}

// newPostgres makes and starts a cluster in a folder, which the account of the
// server can reach.
func newPostgres(t *testing.T, dir string, settings ...string) *postgres {
	t.Helper()
	p := &postgres{bin: programs(t), dir: dir, port: freePort(t), settings: settings}
	p.url = "postgresql://mcg@127.0.0.1:" + p.port + "/postgres?sslmode=disable"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // the server refuses to be root
		account, err := user.Lookup("postgres")
		if err != nil {
			account, err = user.Lookup("nobody")
		}
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		p.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	cmd := p.command("initdb", "--pgdata", filepath.Join(dir, "data"), "--username", "mcg", "--auth", "trust", "--encoding", "UTF8", "--locale", "C")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	p.start(t)
	t.Cleanup(func() { p.signal(syscall.SIGCONT); p.kill() })
	return p
}

func (p *postgres) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, program), args...)
	cmd.Dir, cmd.Env = p.dir, []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.account}
	return cmd
}

func (p *postgres) launch(t *testing.T) {
	t.Helper()
	args := []string{"-D", filepath.Join(p.dir, "data"), "-p", p.port, "-k", "", "-c", "listen_addresses=127.0.0.1"}
	for _, setting := range p.settings {
		args = append(args, "-c", setting)
	}
	p.process = start(t, p.command("postgres", args...), filepath.Join(filepath.Dir(p.dir), filepath.Base(p.dir)+".log"))
}

// start starts the server and waits until it answers.
func (p *postgres) start(t *testing.T) time.Duration {
	t.Helper()
	begun := time.Now()
	p.launch(t)
	for time.Since(begun) < time.Minute {
		if conn, err := p.dial(); err == nil {
			_ = conn.Close(context.Background())
			return time.Since(begun)
		}
		if !p.alive() { // the last one's children were not gone yet
			time.Sleep(20 * time.Millisecond)
			p.launch(t)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("postgres does not start:\n%s", p.logs(t))
	return 0
}

// signal reaches the postmaster and its backends, which lead no group of the
// postmaster's.
func (p *postgres) signal(s syscall.Signal) {
	for _, pid := range append([]int{p.cmd.Process.Pid}, children(p.cmd.Process.Pid)...) {
		_ = syscall.Kill(pid, s)
	}
}

func (p *postgres) kill() {
	family := children(p.cmd.Process.Pid)
	_ = syscall.Kill(p.cmd.Process.Pid, syscall.SIGKILL)
	for _, pid := range append(family, children(p.cmd.Process.Pid)...) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-p.ended
}

func children(pid int) []int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	var list []int
	for _, field := range strings.Fields(string(text)) {
		if child, err := strconv.Atoi(field); err == nil {
			list = append(list, child)
		}
	}
	return list
}

func (p *postgres) dial() (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return pgx.Connect(ctx, p.url)
}

func (p *postgres) query(t *testing.T, sql string, args ...any) int {
	t.Helper()
	conn, err := p.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var n int
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (p *postgres) exec(t *testing.T, sql string) {
	t.Helper()
	conn, err := p.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// redisServer is a server of its own.
type redisServer struct {
	*process
	dir, port, url string
	args           []string
}

func newRedis(t *testing.T, dir string, args ...string) *redisServer {
	t.Helper()
	r := &redisServer{dir: dir, port: freePort(t), args: args}
	r.url = "redis://127.0.0.1:" + r.port + "/0"
	r.start(t)
	t.Cleanup(func() { r.signal(syscall.SIGCONT); r.kill() })
	return r
}

func (r *redisServer) start(t *testing.T) {
	t.Helper()
	args := append([]string{"--bind", "127.0.0.1", "--port", r.port, "--dir", r.dir, "--save", "", "--appendonly", "no"}, r.args...)
	r.process = start(t, exec.Command("redis-server", args...), filepath.Join(r.dir, "redis.log"))
	eventually(t, "redis listens", 20*time.Second, func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+r.port)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// server is a service of the built binary.
type server struct {
	*process
	name, dir, url, port string
	env                  []string
	shell                string // what a shell does before it becomes the server
	program              string
}

// newServer is not started. Metrics are on the API's port, since it is on loopback.
func newServer(t *testing.T, dir, name string, env ...string) *server {
	t.Helper()
	s := &server{name: name, dir: filepath.Join(dir, name), port: freePort(t), env: env, program: binary}
	s.url = "http://127.0.0.1:" + s.port
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.process != nil {
			s.signal(syscall.SIGCONT)
			s.kill()
		}
	})
	return s
}

func (s *server) launch(t *testing.T) {
	t.Helper()
	args := []string{s.program, "serve"}
	if s.shell != "" {
		args = []string{"sh", "-c", s.shell + "; exec " + s.program + " serve"}
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = s.dir
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "MCG_CONFIG_DIR=" + s.dir, "MCG_PORT=" + s.port, "MCG_METRICS_PORT=0",
		"MCG_DATA_DIR=" + filepath.Join(s.dir, "data"), "MCG_TIMEOUT_SECONDS=10",
	}, s.env...)
	s.process = start(t, cmd, filepath.Join(s.dir, "server.log"))
}

// start waits until the service is ready.
func (s *server) start(t *testing.T) time.Duration {
	t.Helper()
	s.launch(t)
	return eventually(t, s.name+" is ready", time.Minute, func() bool { return s.status("/ready") == http.StatusOK })
}

// clients have many idle connections and follow nothing.
var client = &http.Client{
	Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true},
	Timeout:   20 * time.Second,
}

func (s *server) status(path string) int {
	a := get(s.url + path)
	return a.status
}

// answer is what came of a request. Status 0 is none at all.
type answer struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
	err    error
}

func get(url string) answer { return do(http.MethodGet, url, "", nil) }

func do(method, url, body string, header map[string]string) answer {
	begun := time.Now()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/yaml")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	response, err := client.Do(r)
	if err != nil {
		return answer{err: err, took: time.Since(begun)}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{err: err, took: time.Since(begun)}
	}
	return answer{status: response.StatusCode, header: response.Header, body: text, took: time.Since(begun)}
}

// metric is the sum of a metric's lines that contain all parts.
func (s *server) metric(parts ...string) float64 {
	sum := 0.0
	for line := range strings.SplitSeq(string(get(s.url+"/metrics").body), "\n") {
		if !strings.HasPrefix(line, parts[0]) {
			continue
		}
		fits := true
		for _, part := range parts {
			fits = fits && strings.Contains(line, part)
		}
		if _, value, ok := strings.Cut(line[strings.LastIndex(line, " "):], " "); ok && fits {
			v, _ := strconv.ParseFloat(value, 64)
			sum += v
		}
	}
	return sum
}

// group runs functions until it is ended.
type group struct {
	sync.WaitGroup
	ctx  context.Context
	stop context.CancelFunc
}

func newGroup() *group {
	g := &group{}
	g.ctx, g.stop = context.WithCancel(context.Background())
	return g
}

func (g *group) end() { g.stop(); g.Wait() }

func (g *group) running() bool { return g.ctx.Err() == nil }

// folder is one that other accounts can pass through.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mcg-chaos-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Log(err)
		}
	})
	return dir
}
