//go:build e2e

package s3_test

import "math/rand/v2"

// noise is bytes that do not compress, the same each time.
func noise(size int) []byte {
	random := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(random)
	return random
}
