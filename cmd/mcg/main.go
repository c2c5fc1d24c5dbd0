// Command mcg is what people and pipelines type: generate and validate cards
// from files, and run the service.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/terragonlabs/modelcard-generator/internal/app"
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/render/jinja"
)

// version is set by the linker, or else by main from what the go command stamped
// in, before anything reads it.
var version = "dev"

// Exit codes of every verb.
const (
	exitGood       = 0
	exitRefused    = 1 // a card fails the check
	exitUsage      = 2 // usage, or input that cannot be read
	exitDependency = 3 // something that the command needs has failed
)

func main() {
	jinja.Child()
	version = app.Version(version)
	os.Exit(run(os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// process is what a verb works with beside its flags.
type process struct {
	ctx            context.Context
	environ        []string
	in             io.Reader
	stdout, stderr io.Writer
}

type commandLine struct {
	Serve         serveCommand         `cmd:"" help:"Run the service."`
	Worker        workerCommand        `cmd:"" help:"Work the job queue of a service that runs on Postgres."`
	Push          pushCommand          `cmd:"" help:"Store cards on a service, many at once."`
	Pull          pullCommand          `cmd:"" help:"Read cards from a service into files."`
	Health        healthCommand        `cmd:"" help:"Ask a running service whether it is healthy."`
	Reload        reloadCommand        `cmd:"" help:"Tell a running service to read its log levels again."`
	Migrate       migrateCommand       `cmd:"" help:"Bring the database's schema up or down, or show it."`
	Generate      generateCommand      `cmd:"" help:"Render cards from files."`
	GenerateBatch generateBatchCommand `cmd:"" help:"Render every card of a folder."`
	Convert       convertCommand       `cmd:"" help:"Convert a document to another format."`
	Publish       publishCommand       `cmd:"" help:"Write a card to the Hugging Face Hub or to MLflow."`
	Validate      validateCommand      `cmd:"" help:"Check documents against packs of rules."`
	Diff          diffCommand          `cmd:"" help:"Compare two documents field by field."`
	Template      templateCommand      `cmd:"" help:"Work on your own templates."`
	CheckDrift    checkDriftCommand    `cmd:"" help:"Compare a card with new evaluation results."`
	Init          initCommand          `cmd:"" help:"Write a commented card to begin with."`
	Cache         cacheCommand         `cmd:"" help:"Look at the disk cache, or clean it."`
	Benchmark     benchmarkCommand     `cmd:"" help:"Measure a service: latency and throughput, beside a floor."`
	Backup        backupCommand        `cmd:"" help:"Write the database, the output folder and the configuration to an archive."`
	Restore       restoreCommand       `cmd:"" help:"Bring an archive back into an empty database, or verify it."`
	Keys          keysCommand          `cmd:"" help:"Make, list and revoke API keys in the database."`
	Token         tokenCommand         `cmd:"" help:"Make a token for the API."`
	Config        configCommand        `cmd:"" help:"Print the effective configuration and where each value is from."`
	Completion    completionCommand    `cmd:"" help:"Print the script by which a shell completes mcg's command line."`
	Version       versionCommand       `cmd:"" help:"Print the version."`
}

// run is the whole program. In an image, "mcg" itself may be the first
// argument, since guides write `docker run IMAGE mcg serve`.
func run(args, environ []string, in io.Reader, stdout, stderr io.Writer) (code int) {
	if len(args) > 0 && args[0] == "mcg" {
		args = args[1:]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exited := -1
	var line commandLine
	parser, err := kong.New(&line, kong.Name("mcg"), kong.Description("Model cards as code: generated, validated, versioned, served."),
		kong.Writers(stdout, stderr), kong.Exit(func(c int) { exited = c }), kong.UsageOnError())
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "mcg:", err)
		return exitUsage
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "mcg:", err)
		return exitUsage
	}
	err = parsed.Run(&process{ctx, environ, in, stdout, stderr})
	return report(err, stderr)
}

// codeError is an error that says how the process ends.
type codeError struct {
	code int
	err  error
}

func (e *codeError) Error() string { return e.err.Error() }
func (e *codeError) Unwrap() error { return e.err }

// errRefused ends the process with exitRefused; what is wrong has been printed.
var errRefused = errors.New("refused")

func report(err error, stderr io.Writer) int {
	var coded *codeError
	var document *card.Error
	var configuration *config.InvalidError
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, errRefused):
		return exitRefused
	case errors.As(err, &coded):
		_, _ = fmt.Fprintln(stderr, "mcg:", coded.err)
		return coded.code
	case errors.As(err, &document) && document.Kind == card.Invalid:
		_, _ = fmt.Fprintln(stderr, "mcg:", err)
		return exitRefused
	case errors.As(err, &configuration):
		_, _ = fmt.Fprintln(stderr, err)
		return exitUsage
	}
	_, _ = fmt.Fprintln(stderr, "mcg:", err)
	return exitUsage
}
