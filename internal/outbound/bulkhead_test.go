package outbound

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestBulkheadBoundsWorkAndQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const width, queue, callers = 3, 5, 20
		b := NewBulkhead(width, queue)
		var running, most, done, shed atomic.Int64
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				leave, err := b.Enter(t.Context())
				if errors.Is(err, ErrOverloaded) {
					shed.Add(1)
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				defer leave()
				most.Store(max(most.Load(), running.Add(1)))
				time.Sleep(time.Second)
				running.Add(-1)
				done.Add(1)
			})
		}
		synctest.Wait()
		if r, w := b.Load(); r != width || w != queue {
			t.Errorf("%d run and %d wait, want %d and %d", r, w, width, queue)
		}
		wg.Wait()
		if done.Load() != width+queue || shed.Load() != callers-width-queue || most.Load() != width {
			t.Errorf("%d done, %d shed, at most %d at once", done.Load(), shed.Load(), most.Load())
		}
		if r, w := b.Load(); r != 0 || w != 0 {
			t.Errorf("%d run and %d wait at the end", r, w)
		}
	})
}

func TestBulkheadGivesUpWithItsCaller(t *testing.T) {
	t.Parallel()
	b := NewBulkhead(1, 1)
	leave, err := b.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Enter(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
	if _, waiting := b.Load(); waiting != 0 {
		t.Errorf("%d wait after their caller has gone", waiting)
	}
}
