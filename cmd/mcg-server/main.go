// Command mcg-server is the service process: it reads its configuration from
// the file and the environment and serves the API, or with MCG_WORKER_MODE=true
// works the job queue.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/terragonlabs/modelcard-generator/internal/app"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/render/jinja"
)

// version is set by the linker, or else by main from what the go command stamped
// in, before anything reads it.
var version = "dev"

func main() {
	jinja.Child()
	version = app.Version(version)
	os.Exit(run(os.Environ(), os.Stdout, os.Stderr))
}

func run(environ []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	load := func() (*config.Loaded, error) { return config.Load(config.LoadOptions{Environ: environ}) }
	loaded, err := load()
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 2
	}
	run := app.Serve
	if loaded.Config.Worker.Mode {
		run = app.Work
	}
	options := app.Options{Config: &loaded.Config, Warnings: loaded.Warnings, Version: version, Reload: load, Out: stdout, Err: stderr}
	if err := run(ctx, options); err != nil {
		_, _ = fmt.Fprintln(stderr, "mcg-server:", err)
		return 3
	}
	return 0
}
