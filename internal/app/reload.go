package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

// reloadOnHangup reads the configuration again whenever the process gets
// SIGHUP, and applies what needs no restart: the levels of the log. From now on
// the signal does not end the process.
func reloadOnHangup(load func() (*config.Loaded, error), log *telemetry.Log, closing *cleanups) func(context.Context) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	closing.add(func(context.Context) error { signal.Stop(hangups); return nil })
	return func(ctx context.Context) {
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangups:
				applyLevels(load, log)
			}
		}
	}
}

// applyLevels leaves everything as it is if the configuration is wrong now.
func applyLevels(load func() (*config.Loaded, error), log *telemetry.Log) {
	loaded, err := load()
	if err != nil {
		log.Logger.Error().Err(err).Msg("the configuration is read again and refused; nothing has changed")
		return
	}
	handlers := loaded.Config.Logging.EffectiveHandlers()
	levels := make([]string, len(handlers))
	for i, h := range handlers {
		levels[i] = string(h.Level)
	}
	if err := log.SetLevels(levels); err != nil {
		log.Logger.Error().Err(err).Msg("log levels have not changed; other handlers need a restart")
		return
	}
	// Without a level, so that it is seen whatever the level is now.
	log.Logger.Log().Strs("levels", levels).Msg("log levels are those of the configuration; all else needs a restart")
}
