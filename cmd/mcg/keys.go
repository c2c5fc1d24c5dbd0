package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/api"
	"github.com/terragonlabs/modelcard-generator/internal/app"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// keysCommand works on the configured database itself, so that the first key
// needs no key.
type keysCommand struct {
	Create keysCreateCommand `cmd:"" help:"Make an API key and print it, once."`
	List   keysListCommand   `cmd:"" help:"List the stored API keys."`
	Revoke keysRevokeCommand `cmd:"" help:"End an API key for good."`
}

func withKeys(p *process, f configFile, use func(api.Keys) error) error {
	loaded, err := f.load(p, true)
	if err != nil {
		return err
	}
	keys, db, err := app.OpenKeys(p.ctx, &loaded.Config)
	if err != nil {
		return &codeError{exitDependency, err}
	}
	defer func() { _ = db.Close() }()
	err = use(keys)
	if errors.Is(err, store.ErrUnavailable) {
		return &codeError{exitDependency, err}
	}
	return err
}

type keysCreateCommand struct {
	configFile
	Name      string   `required:"" help:"What people call the key, such as who holds it."`
	Role      []string `default:"user" help:"Roles of the key."`
	Namespace []string `help:"Namespaces that the key is bound to; none is all."`
	Expires   string   `help:"How long it is good for, such as 90d or 12h; for ever if not given."`
}

// Run prints the key alone on standard output, fit for a file or a variable.
func (c *keysCreateCommand) Run(p *process) error {
	spec := api.KeySpec{Name: c.Name, Roles: c.Role, Namespaces: c.Namespace}
	if c.Expires != "" {
		var good config.Duration
		if err := good.UnmarshalText([]byte(c.Expires)); err != nil || good <= 0 {
			return fmt.Errorf("--expires %q is not a duration; write 90d or 12h", c.Expires)
		}
		at := time.Now().Add(good.Std())
		spec.ExpiresAt = &at
	}
	return withKeys(p, c.configFile, func(keys api.Keys) error {
		key, secret, err := keys.Create(p.ctx, app.Operator(), spec)
		var refused *api.Problem
		if errors.As(err, &refused) {
			return errors.New(refused.Detail)
		}
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(p.stderr, "key %s; it is not shown again\n", key.ID)
		_, err = fmt.Fprintln(p.stdout, secret)
		return err
	})
}

type keysListCommand struct {
	configFile
	Report string `enum:"text,json" default:"text" help:"text for people, or json: one object a line."`
}

func (c *keysListCommand) Run(p *process) error {
	return withKeys(p, c.configFile, func(keys api.Keys) error {
		page := store.PageRequest{Limit: store.MaxLimit}
		for {
			found, err := keys.Store.Keys(p.ctx, store.AllNamespaces(), page)
			if err != nil {
				return err
			}
			for _, key := range found.Items {
				if err := c.print(p, key); err != nil {
					return err
				}
			}
			if page.Cursor = found.Next; page.Cursor == "" {
				return nil
			}
		}
	})
}

func (c *keysListCommand) print(p *process, key store.APIKey) error {
	if c.Report == "json" {
		return json.NewEncoder(p.stdout).Encode(api.KeyView(key))
	}
	state := "active"
	switch {
	case key.RevokedAt != nil:
		state = "revoked"
	case key.ExpiresAt != nil && !time.Now().Before(*key.ExpiresAt):
		state = "expired"
	}
	used := "never used"
	if key.LastUsedAt != nil {
		used = "used " + key.LastUsedAt.Format(time.RFC3339)
	}
	_, err := fmt.Fprintf(p.stdout, "%s  %-7s  %s  %s  %s  %q\n", key.ID, state, strings.Join(key.Roles, ","), strings.Join(key.Namespaces, ","), used, key.Name)
	return err
}

type keysRevokeCommand struct {
	configFile
	ID string `arg:"" name:"id" help:"The id of the key: what follows mcg_ in it, 8 characters."`
}

func (c *keysRevokeCommand) Run(p *process) error {
	return withKeys(p, c.configFile, func(keys api.Keys) error {
		err := keys.Revoke(p.ctx, app.Operator(), c.ID)
		if errors.Is(err, store.ErrNotFound) {
			return errors.New("there is no such key, or it is revoked already")
		}
		return err
	})
}
