package main

import (
	"fmt"
	"os"
	"syscall"
)

type reloadCommand struct {
	PID int `name:"pid" default:"1" help:"The service's process: 1 in a container."`
}

// Run sends SIGHUP, for containers without a shell or kill.
func (c *reloadCommand) Run(*process) error {
	service, err := os.FindProcess(c.PID)
	if err == nil {
		err = service.Signal(syscall.SIGHUP)
	}
	if err != nil {
		return &codeError{exitDependency, fmt.Errorf("process %d: %w", c.PID, err)}
	}
	return nil
}
