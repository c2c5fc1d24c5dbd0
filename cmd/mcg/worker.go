package main

import (
	"github.com/terragonlabs/modelcard-generator/internal/app"
	"github.com/terragonlabs/modelcard-generator/internal/config"
)

type workerCommand struct {
	configFile
}

// Run works the queue, as MCG_WORKER_MODE=true mcg-server does.
func (c *workerCommand) Run(p *process) error {
	load := func() (*config.Loaded, error) {
		return c.load(p, false, config.Flag{Name: "worker", Key: "worker.mode", Value: "true"})
	}
	loaded, err := load()
	if err != nil {
		return err
	}
	return dependency(app.Work(p.ctx, app.Options{
		Config: &loaded.Config, Warnings: loaded.Warnings, Version: version, Reload: load, Out: p.stdout, Err: p.stderr,
	}))
}
