// Package postgres is the store on PostgreSQL 14 or later, through a pgx pool.
//
// Behind PgBouncer in transaction mode, run the migrations on a direct
// connection (their lock belongs to a session, which such a pool doesn't keep)
// and add default_query_exec_mode=exec to the URL (it doesn't keep prepared
// statements either). Everything else is within transactions and needs neither.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Options are what Open needs. URL and Clock are required.
type Options struct {
	// URL is postgresql://user:password@host:port/database, or a connection
	// string of keywords. What it says of pool sizes and of the connect timeout
	// gives way to the fields below.
	URL string
	// Clock gives the time that rows are stamped with.
	Clock func() time.Time
	// MaxConns is the size of the pool; 8 if zero. On few cores more is slower.
	MaxConns int32
	// ConnectTimeout bounds the making of a connection; 2 s if zero.
	ConnectTimeout time.Duration
	// Wait is how long a call waits for a connection before it is
	// ErrUnavailable; 2 s if zero. How long the database may then take is the
	// affair of the call's context.
	Wait time.Duration
	// Tracer is told of every query; nil for none.
	Tracer pgx.QueryTracer
	// Guard is around every call but Ping and those that migrate: it may refuse
	// a call, and may shorten its context. Nil guards nothing.
	Guard func(ctx context.Context, call func(context.Context) error) error
}

// Store is the PostgreSQL engine of store.Store.
type Store struct {
	pool     *pgxpool.Pool
	inserter *river.Client[pgx.Tx]
	clock    func() time.Time
	wait     time.Duration
	guard    func(ctx context.Context, call func(context.Context) error) error
}

var _ store.Store = (*Store)(nil)

// Open makes the pool. It doesn't migrate, and doesn't connect: the first call
// does, so a program can start while the server is away. No error of this
// package tells the URL. Errors: store.ErrInvalid.
func Open(ctx context.Context, options Options) (*Store, error) {
	config, err := poolConfig(options)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("%w: postgres: %w", store.ErrInvalid, err)
	}
	inserter, err := newInserter(pool)
	if err != nil {
		pool.Close()
		return nil, err
	}
	s := &Store{pool: pool, inserter: inserter, clock: options.Clock, wait: options.Wait, guard: options.Guard}
	if s.guard == nil {
		s.guard = func(ctx context.Context, call func(context.Context) error) error { return call(ctx) }
	}
	if s.wait == 0 {
		s.wait = 2 * time.Second
	}
	return s, nil
}

func poolConfig(options Options) (*pgxpool.Config, error) {
	if options.Clock == nil {
		return nil, fmt.Errorf("%w: postgres needs a clock", store.ErrInvalid)
	}
	config, err := pgxpool.ParseConfig(options.URL)
	if err != nil {
		// The cause is dropped on purpose: of a URL that can't be read nobody
		// knows where the password stands, and pgx redacts by a best guess.
		return nil, fmt.Errorf("%w: postgres: the database URL can't be read; want postgresql://user:password@host:port/database",
			store.ErrInvalid)
	}
	config.MaxConns = options.MaxConns
	if config.MaxConns == 0 {
		config.MaxConns = 8
	}
	config.ConnConfig.Tracer = options.Tracer
	config.MinConns, config.MinIdleConns = 0, 0 // nothing is dialled before it is needed
	config.ConnConfig.ConnectTimeout = options.ConnectTimeout
	if options.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 2 * time.Second
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "mcg"
	}
	return config, nil
}

// Close implements store.Store. It waits for calls that still run.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}

// Ping implements store.Store. It is not guarded, so that it can find out
// whether a database that is being left alone is back.
func (s *Store) Ping(ctx context.Context) error {
	if err := store.RefuseInside(ctx, s); err != nil {
		return err
	}
	return s.readOnce(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		return conn.Ping(ctx)
	})
}

// read runs fn on a connection and translates its error. A connection that
// breaks may have been dead before it was used, so fn is run again on another:
// reading twice changes nothing.
func (s *Store) read(ctx context.Context, fn func(ctx context.Context, conn *pgxpool.Conn) error) error {
	if err := store.RefuseInside(ctx, s); err != nil {
		return err
	}
	return s.guard(ctx, func(ctx context.Context) error {
		err := s.readOnce(ctx, fn)
		for attempt := 1; lost(err) && attempt < readAttempts && pause(ctx, attempt); attempt++ {
			s.pool.Reset() // its other idle connections are as old
			err = s.readOnce(ctx, fn)
		}
		return err
	})
}

func (s *Store) readOnce(ctx context.Context, fn func(ctx context.Context, conn *pgxpool.Conn) error) error {
	conn, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return translate(ctx, conn.Conn(), fn(ctx, conn))
}

// acquire takes a connection, waiting no longer than s.wait. Whatever keeps it
// from getting one, the database is not available.
func (s *Store) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	conn, err := s.pool.Acquire(waiting)
	if errors.Is(ctx.Err(), context.Canceled) {
		if err == nil {
			conn.Release()
		}
		return nil, fmt.Errorf("postgres: %w", context.Canceled)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: postgres: no connection: %w", store.ErrUnavailable, err)
	}
	return conn, nil
}

// now is the time to stamp rows with.
func (s *Store) now() time.Time {
	return store.Time(s.clock())
}
