package cache

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisServer is what a Redis server is set to.
type RedisServer struct {
	MaxMemory int64  // bytes; 0 is no limit
	Policy    string // maxmemory-policy
}

// InspectRedis asks a server what it is set to. It uses INFO, which managed
// servers allow where they refuse CONFIG. Errors: [ErrRedisURL], and those of
// the connection, none of which tells the URL.
func InspectRedis(ctx context.Context, url string, timeout time.Duration) (RedisServer, error) {
	client, err := NewRedisClient(url, timeout)
	if err != nil {
		return RedisServer{}, err
	}
	defer func() { _ = client.Close() }()
	return inspect(ctx, client)
}

func inspect(ctx context.Context, client redis.UniversalClient) (RedisServer, error) {
	info, err := client.Info(ctx, "memory").Result()
	if err != nil {
		return RedisServer{}, fmt.Errorf("cache: redis info: %w", err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	limit, err := strconv.ParseInt(fields["maxmemory"], 10, 64)
	if err != nil {
		return RedisServer{}, errors.New("cache: redis does not say its maxmemory")
	}
	return RedisServer{MaxMemory: limit, Policy: fields["maxmemory_policy"]}, nil
}
