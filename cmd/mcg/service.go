package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/app"
	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/config"
)

// configFile is the service's configuration file.
type configFile struct {
	Config string `help:"The service's configuration file." type:"path" placeholder:"FILE"`
}

func (f configFile) load(p *process, forFiles bool, flags ...config.Flag) (*config.Loaded, error) {
	return config.Load(config.LoadOptions{File: f.Config, Environ: p.environ, Flags: flags, ForFiles: forFiles})
}

type serveCommand struct {
	configFile
	Host string `help:"Address to listen on."`
	Port string `help:"Port to listen on."`
}

func (c *serveCommand) Run(p *process) error {
	var flags []config.Flag
	if c.Host != "" {
		flags = append(flags, config.Flag{Name: "--host", Key: "api.host", Value: c.Host})
	}
	if c.Port != "" {
		flags = append(flags, config.Flag{Name: "--port", Key: "api.port", Value: c.Port})
	}
	load := func() (*config.Loaded, error) { return c.load(p, false, flags...) }
	loaded, err := load()
	if err != nil {
		return err
	}
	err = app.Serve(p.ctx, app.Options{
		Config: &loaded.Config, Warnings: loaded.Warnings, Version: version, Reload: load, Out: p.stdout, Err: p.stderr,
	})
	if err != nil {
		return &codeError{exitDependency, err}
	}
	return nil
}

type healthCommand struct {
	configFile
}

// Run asks the service of this machine, as a container's HEALTHCHECK does.
func (c *healthCommand) Run(p *process) error {
	loaded, err := c.load(p, true)
	if err != nil {
		return err
	}
	host := loaded.Config.API.Host
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	url := "http://" + net.JoinHostPort(host, strconv.Itoa(loaded.Config.API.Port)) + loaded.Config.Monitoring.HealthCheckPath
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return &codeError{exitDependency, err}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return &codeError{exitDependency, fmt.Errorf("%s answers %s", url, response.Status)}
	}
	_, err = fmt.Fprintln(p.stdout, "healthy")
	return err
}

type migrateCommand struct {
	configFile
	Direction string `arg:"" enum:"up,down,status" default:"up" help:"up, down or status."`
}

func (c *migrateCommand) Run(p *process) error {
	loaded, err := c.load(p, true)
	if err != nil {
		return err
	}
	db, err := app.OpenStore(p.ctx, &loaded.Config)
	if err != nil {
		return &codeError{exitDependency, err}
	}
	defer func() { _ = db.Close() }()
	switch c.Direction {
	case "up":
		err = db.Migrate(p.ctx)
	case "down":
		err = db.MigrateDown(p.ctx)
	}
	if err != nil {
		return &codeError{exitDependency, err}
	}
	migrations, err := db.Migrations(p.ctx)
	if err != nil {
		return &codeError{exitDependency, err}
	}
	for _, m := range migrations {
		state := "pending"
		if m.AppliedAt != nil {
			state = "applied"
		}
		_, _ = fmt.Fprintf(p.stdout, "%05d  %-8s %s\n", m.Version, state, m.Name)
	}
	return nil
}

type configCommand struct {
	configFile
}

func (c *configCommand) Run(p *process) error {
	loaded, err := c.load(p, true)
	if err != nil {
		return err
	}
	return loaded.Write(p.stdout)
}

type tokenCommand struct {
	configFile
	Subject   string        `required:"" help:"Whom the token is for."`
	Role      []string      `default:"user" help:"Roles of the token."`
	Namespace []string      `help:"Namespaces that the token is bound to; none is all."`
	TTL       time.Duration `help:"How long it is good for; security.jwt.expire_minutes if not given."`
}

func (c *tokenCommand) Run(p *process) error {
	loaded, err := c.load(p, true)
	if err != nil {
		return err
	}
	if loaded.Config.Security.SecretKey == "" {
		return errors.New("security.secret_key is not set; set MCG_SECRET_KEY to the service's own")
	}
	ttl := c.TTL
	if ttl == 0 {
		ttl = time.Duration(loaded.Config.Security.JWT.ExpireMinutes) * time.Minute
	}
	token, err := app.IssueToken(&loaded.Config, c.Subject, c.Role, c.Namespace, ttl)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, token)
	return err
}

type cacheCommand struct {
	Stats cacheStatsCommand `cmd:"" help:"Count the entries of the disk cache."`
	Clean cacheCleanCommand `cmd:"" help:"Remove old entries of the disk cache."`
}

type cacheStatsCommand struct{ configFile }

func (c *cacheStatsCommand) Run(p *process) error {
	return withDiskCache(p, c.configFile, func(d *cache.Disk) error {
		stats, err := d.Stats(p.ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "entries %d\nbytes   %d\n", stats.Entries, stats.Bytes)
		if err == nil && stats.Entries > 0 {
			_, err = fmt.Fprintf(p.stdout, "oldest  %s\nnewest  %s\n", stats.Oldest.UTC().Format(time.RFC3339), stats.Newest.UTC().Format(time.RFC3339))
		}
		return err
	})
}

type cacheCleanCommand struct {
	configFile
	OlderThan string `required:"" help:"Age from which entries go, such as 7d or 12h."`
}

func (c *cacheCleanCommand) Run(p *process) error {
	var age config.Duration
	if err := age.UnmarshalText([]byte(c.OlderThan)); err != nil {
		return err
	}
	return withDiskCache(p, c.configFile, func(d *cache.Disk) error {
		stats, err := d.Clean(p.ctx, age.Std())
		if err == nil {
			_, err = fmt.Fprintf(p.stdout, "removed %d entries, %d bytes\n", stats.Entries, stats.Bytes)
		}
		return err
	})
}

func withDiskCache(p *process, f configFile, use func(*cache.Disk) error) error {
	loaded, err := f.load(p, true)
	if err != nil {
		return err
	}
	disk, err := cache.OpenDisk(loaded.Config.CacheDir())
	if err != nil {
		return &codeError{exitDependency, err}
	}
	defer func() { _ = disk.Close() }()
	return use(disk)
}

type versionCommand struct{}

func (versionCommand) Run(p *process) error {
	_, err := fmt.Fprintln(p.stdout, "mcg", version)
	return err
}
