package store

import "context"

// insideKey marks the context of a running update. It holds the store, so that
// one store may be read inside the update of another.
type insideKey struct{ owner any }

// Inside returns the context to hand to the function of owner's update.
func Inside(ctx context.Context, owner any) context.Context {
	return context.WithValue(ctx, insideKey{owner}, true)
}

// RefuseInside returns ErrNestedUpdate if ctx comes from owner's update.
func RefuseInside(ctx context.Context, owner any) error {
	if ctx.Value(insideKey{owner}) != nil {
		return ErrNestedUpdate
	}
	return nil
}
