package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/benchmark"
)

// TestBenchmarkOfAPrivateService takes a configuration for production, whose
// database, Redis and log must not be touched.
func TestBenchmarkOfAPrivateService(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "production.yaml")
	text := "environment: production\napi: {host: 0.0.0.0, workers: 2}\ndatabase: {url: 'postgresql://mcg:x@db.invalid/mcg'}\n" +
		"redis: {url: 'redis://redis.invalid:6379/0'}\nlogging: {file: " + filepath.Join(dir, "mcg.log") + "}\nstorage: {output_dir: " + filepath.Join(dir, "cards") + "}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	args := []string{"benchmark", "--config", file, "--duration", "100ms", "--clients", "2", "--report", "json"}
	if code := run(args, nil, nil, &out, &errs); code != exitGood {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	var report benchmark.Report
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	if report.Server != "private" || len(report.Operations) != 3 {
		t.Fatalf("%+v", report)
	}
	for _, op := range report.Operations {
		if op.Measured.Requests == 0 || op.Measured.P50 == 0 || op.Floor.PerSecond == 0 {
			t.Errorf("%+v", op)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("the benchmark left %v, %v", files, err)
	}
}

func TestBenchmarkRefuses(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]int{
		"--clients 0":                    exitUsage,
		"--duration 1ms":                 exitUsage,
		"--server cards.example.com":     exitUsage,
		"--server http://127.0.0.1:1":    exitDependency,
		"--server http://a --key-file /": exitUsage,
	} {
		var out, errs bytes.Buffer
		if code := run(append([]string{"benchmark"}, strings.Fields(args)...), nil, nil, &out, &errs); code != want || errs.Len() == 0 {
			t.Errorf("%s: exit code %d, want %d: %s", args, code, want, errs.String())
		}
	}
}
