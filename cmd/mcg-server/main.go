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

// version is set by the linker.
var version = "dev"

func main() {
	jinja.Child()
	os.Exit(run(os.Environ(), os.Stdout, os.Stderr))
}

func run(environ []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	loaded, err := config.Load(config.LoadOptions{Environ: environ})
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 2
	}
	run := app.Serve
	if loaded.Config.Worker.Mode {
		run = app.Work
	}
	if err := run(ctx, app.Options{Config: &loaded.Config, Warnings: loaded.Warnings, Version: version, Out: stdout, Err: stderr}); err != nil {
		_, _ = fmt.Fprintln(stderr, "mcg-server:", err)
		return 3
	}
	return 0
}
