//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// oldestPostgres is the first major version that mcg supports.
const oldestPostgres = 14

// programs are what the services need.
type programs struct {
	postgres string // folder with initdb and postgres
	redis    string // redis-server
}

// missing names the Debian packages of what was not found.
func (p programs) missing() []string {
	var packages []string
	if p.postgres == "" {
		packages = append(packages, "postgresql")
	}
	if p.redis == "" {
		packages = append(packages, "redis-server")
	}
	return packages
}

// findOrInstall returns the programs, or an error that says what to install.
func findOrInstall(stderr io.Writer) (programs, error) {
	found := find()
	packages := found.missing()
	if len(packages) == 0 {
		return found, nil
	}
	if !canInstall() {
		return programs{}, howToInstall(packages)
	}
	if err := install(packages, stderr); err != nil {
		return programs{}, errors.Join(err, howToInstall(packages))
	}
	found = find()
	if packages = found.missing(); len(packages) > 0 {
		return programs{}, fmt.Errorf("installed, but not found: %w", howToInstall(packages))
	}
	return found, nil
}

func howToInstall(packages []string) error {
	return fmt.Errorf(`the tests need PostgreSQL %d or later (initdb, postgres) and Redis (redis-server); missing: %s
  Debian, Ubuntu:  sudo apt-get install %s
  Fedora:          sudo dnf install postgresql-server redis
  macOS:           brew install postgresql redis
or put their folder in PATH`, oldestPostgres, strings.Join(packages, ", "), strings.Join(packages, " "))
}

func find() programs {
	var found programs
	newest := 0
	for _, folder := range postgresFolders() {
		if version := postgresVersion(folder); version >= oldestPostgres && version > newest {
			newest, found.postgres = version, folder
		}
	}
	if redis, err := exec.LookPath("redis-server"); err == nil {
		found.redis = redis
	}
	return found
}

// postgresFolders are where the programs may be. Debian keeps them out of PATH,
// a folder to each version.
func postgresFolders() []string {
	var folders []string
	if initdb, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(initdb))
	}
	debian, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err == nil {
		folders = append(folders, debian...)
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil { // it prints a path
		folders = append(folders, strings.TrimSpace(string(out)))
	}
	return folders
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// postgresVersion returns the major version of the programs in the folder, 0 if
// they are not all there.
func postgresVersion(folder string) int {
	if _, err := os.Stat(filepath.Join(folder, "initdb")); err != nil {
		return 0
	}
	out, err := exec.Command(filepath.Join(folder, "postgres"), "--version").Output() // it prints a line
	if err != nil {
		return 0
	}
	match := versionPattern.FindStringSubmatch(string(out))
	if match == nil {
		return 0
	}
	version, err := strconv.Atoi(match[1])
	if err != nil {
		return 0
	}
	return version
}
