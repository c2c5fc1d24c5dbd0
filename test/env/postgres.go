//go:build unix

package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// startPostgres makes a cluster in the folder and starts it. bin is the folder
// of its programs.
func startPostgres(ctx context.Context, bin, folder string, fsync bool) (*daemon, error) {
	account, err := postgresAccount()
	if err != nil {
		return nil, err
	}
	password := rand.Text()
	if err := prepareFolder(folder, password, account); err != nil {
		return nil, err
	}
	if err := initCluster(ctx, bin, folder, account); err != nil {
		return nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), serverArgs(folder, port, fsync)...) // found by us; stop ends it
	cmd.Dir = folder
	cmd.Env = serverEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: account}
	server := &daemon{
		url:  fmt.Sprintf("postgresql://mcg:%s@127.0.0.1:%d/postgres?sslmode=disable", password, port),
		cmd:  cmd,
		quit: syscall.SIGQUIT, // "immediate shutdown"
	}
	return server, server.start(ctx, filepath.Join(folder, "log"), func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, server.url)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// postgresAccount is whom the server runs as: nil for ourselves, but root must
// not.
func postgresAccount() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil // nil is what exec takes for ourselves
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("postgres refuses to run as root, and there is no other account: %w", err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// prepareFolder makes the folder for the account, with the password in a file.
func prepareFolder(folder, password string, account *syscall.Credential) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	file := filepath.Join(folder, "password")
	if err := os.WriteFile(file, []byte(password), 0o600); err != nil {
		return err
	}
	if account == nil {
		return nil
	}
	for _, path := range []string{folder, file} {
		if err := os.Chown(path, int(account.Uid), int(account.Gid)); err != nil {
			return err
		}
	}
	return nil
}

// initCluster runs initdb. Where the build can, the default collation is a
// natural language's, so that SQL which forgot COLLATE "C" shows.
func initCluster(ctx context.Context, bin, folder string, account *syscall.Credential) error {
	initdb := filepath.Join(bin, "initdb")
	args := []string{
		"--pgdata", filepath.Join(folder, "data"), "--username", "mcg",
		"--auth", "scram-sha-256", "--pwfile", filepath.Join(folder, "password"),
		"--encoding", "UTF8", "--locale", "C", "--no-sync",
	}
	help, err := exec.CommandContext(ctx, initdb, "--help").Output() // found by us
	if err != nil {
		return fmt.Errorf("%s: %w", initdb, err)
	}
	if strings.Contains(string(help), "--icu-locale") {
		args = append(args, "--locale-provider", "icu", "--icu-locale", "en-US")
	}
	cmd := exec.CommandContext(ctx, initdb, args...) // found by us
	cmd.Dir = folder
	cmd.Env = serverEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: account}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", initdb, err, out)
	}
	return nil
}

// serverArgs configure the server. Its clock is in an odd time zone, so that
// code which forgot UTC shows.
func serverArgs(folder string, port int, fsync bool) []string {
	args := []string{
		"-D", filepath.Join(folder, "data"), "-p", strconv.Itoa(port), "-k", folder,
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "timezone=MCG-5:45",
	}
	if !fsync {
		args = append(args, "-c", "fsync=off", "-c", "full_page_writes=off")
	}
	return args
}

// serverEnv leaves out PG* and locale variables of ours.
func serverEnv() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
}
