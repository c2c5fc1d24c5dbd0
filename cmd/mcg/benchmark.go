package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/terragonlabs/modelcard-generator/examples"
	"github.com/terragonlabs/modelcard-generator/internal/app"
	"github.com/terragonlabs/modelcard-generator/internal/benchmark"
)

type benchmarkCommand struct {
	configFile
	Server   string        `placeholder:"URL" help:"A running service, such as https://cards.example.com. Without it a private one is started with the configuration, on loopback and with data of its own."`
	KeyFile  string        `type:"path" placeholder:"FILE" help:"File with the API key for --server; MCG_API_KEY or MCG_TOKEN (a bearer token) if not given."`
	Card     string        `default:"benchmark/card" help:"The card that is written, and deleted at the end."`
	Clients  int           `default:"8" help:"How many requests are under way at once."`
	Duration time.Duration `default:"10s" help:"How long each operation is measured, and its floor again."`
	Report   string        `enum:"text,json" default:"text" help:"text for people, or json."`
}

func (c *benchmarkCommand) Run(p *process) error {
	if c.Clients < 1 || c.Clients > 1000 || c.Duration < 100*time.Millisecond || c.Duration > time.Hour {
		return errors.New("--clients is 1 to 1000, and --duration 100ms to 1h")
	}
	document := bytes.Replace(examples.Sentiment, []byte("version: 1.2.0\n"), []byte("version: "+benchmark.Revision+"\n"), 1)
	o := benchmark.Options{
		Server: strings.TrimRight(c.Server, "/"), Card: c.Card, Document: document, Clients: c.Clients, Duration: c.Duration, Now: time.Now,
	}
	var report benchmark.Report
	var err error
	if c.Server == "" {
		report, err = c.private(p, o)
	} else {
		report, err = c.running(p, o)
	}
	if err != nil {
		return err
	}
	if err := c.print(p.stdout, report); err != nil {
		return err
	}
	return failures(report)
}

// running measures a service that is somewhere already.
func (c *benchmarkCommand) running(p *process, o benchmark.Options) (benchmark.Report, error) {
	if !strings.HasPrefix(o.Server, "http://") && !strings.HasPrefix(o.Server, "https://") {
		return benchmark.Report{}, fmt.Errorf("--server %s is not the address of a service, such as https://cards.example.com", o.Server)
	}
	var err error
	if o.Header, err = c.credentials(p.environ); err != nil {
		return benchmark.Report{}, err
	}
	report, err := benchmark.Run(p.ctx, o)
	if err != nil {
		return report, &codeError{exitDependency, err}
	}
	return report, nil
}

// credentials come by file or environment: the arguments of a process can be
// read by others.
func (c *benchmarkCommand) credentials(environ []string) (http.Header, error) {
	header := http.Header{"User-Agent": {"mcg/" + version}}
	for _, entry := range environ {
		if token, ok := strings.CutPrefix(entry, "MCG_TOKEN="); ok {
			header.Set("Authorization", "Bearer "+token)
		}
		if key, ok := strings.CutPrefix(entry, "MCG_API_KEY="); ok {
			header.Set("X-API-Key", key)
		}
	}
	if c.KeyFile == "" {
		return header, nil
	}
	key, err := os.ReadFile(c.KeyFile)
	if err != nil {
		return nil, err
	}
	header.Set("X-API-Key", strings.TrimSpace(string(key)))
	return header, nil
}

// private measures a service of its own.
func (c *benchmarkCommand) private(p *process, o benchmark.Options) (report benchmark.Report, err error) {
	loaded, err := c.load(p, true)
	if err != nil {
		return report, err
	}
	dir, err := os.MkdirTemp("", "mcg-benchmark-")
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx, stop := context.WithCancel(p.ctx)
	defer stop()
	url, served := app.ServePrivate(ctx, loaded.Config, dir, version)
	select {
	case o.Server = <-url:
		report, err = benchmark.Run(p.ctx, o)
		stop()
		err = errors.Join(err, <-served)
	case err = <-served:
	}
	report.Server = "private"
	if err != nil {
		return report, &codeError{exitDependency, err}
	}
	return report, nil
}

// print shows a row for each operation, and one below it for its floor.
func (c *benchmarkCommand) print(out io.Writer, report benchmark.Report) error {
	if c.Report == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(table, "%s service, %d clients, %g s each\n\n", report.Server, report.Clients, report.Seconds)
	_, _ = fmt.Fprintln(table, "operation\trequests/s\tp50 ms\tp95 ms\tp99 ms\tfailed\tbytes\t")
	for _, op := range report.Operations {
		row(table, op.Name, op.Measured)
		row(table, "floor", op.Floor)
	}
	return table.Flush()
}

func row(out io.Writer, name string, f benchmark.Figures) {
	number := func(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }
	_, _ = fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t\n",
		name, number(f.PerSecond, 0), number(f.P50, 3), number(f.P95, 3), number(f.P99, 3), f.Failed, f.Bytes)
}

// failures makes requests that failed the command's failure.
func failures(report benchmark.Report) error {
	for _, op := range report.Operations {
		if op.Measured.Failed > 0 {
			return &codeError{exitDependency, fmt.Errorf("%s: %d requests failed, the first with %s", op.Name, op.Measured.Failed, op.Measured.Failure)}
		}
	}
	return nil
}
