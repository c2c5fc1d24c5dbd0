//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
)

// policyFile is asked by Debian's package scripts before they start a service;
// exit code 101 says no. Only our own, private services shall run.
const policyFile = "/usr/sbin/policy-rc.d"

// canInstall reports whether this is root on a Debian-like system.
func canInstall() bool {
	if os.Geteuid() != 0 {
		return false
	}
	_, err := exec.LookPath("apt-get")
	return err == nil
}

// install installs Debian packages without starting their services.
func install(packages []string, stderr io.Writer) (err error) {
	fmt.Fprintln(stderr, "test/env: installing", packages, "with apt-get")
	allow, err := forbidServices()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, allow()) }()
	if err := aptGet(stderr, "update"); err != nil {
		return err
	}
	return aptGet(stderr, append([]string{"install", "--yes", "--no-install-recommends"}, packages...)...)
}

// forbidServices puts a policy in place, unless the machine has its own.
func forbidServices() (allow func() error, err error) {
	file, err := os.OpenFile(policyFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755) // it must be executable
	if errors.Is(err, fs.ErrExist) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	_, err = file.WriteString("#!/bin/sh\nexit 101\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(policyFile))
	}
	return func() error { return os.Remove(policyFile) }, nil
}

func aptGet(stderr io.Writer, args ...string) error {
	cmd := exec.Command("apt-get", args...) // fixed arguments; a cut-off dpkg would be worse than a slow one
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = stderr, stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("apt-get %s: %w", args[0], err)
	}
	return nil
}
