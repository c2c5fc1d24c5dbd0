package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"hash/crc32"
	"math/big"
	"strings"
)

// A generated key reads mcg_IIIIIIIISSS…SSSCCCCCC: prefix, public id, 256 random bits, checksum, the last three in base62. The
// prefix lets scanners find a leaked key, the checksum tells a mistyped or made-up one from a real one without a look-up, and
// nothing in it needs escaping anywhere or breaks a double click.
const (
	keyPrefix      = "mcg_"
	keyIDLength    = 8
	keySecretBytes = 32
	keySecretChars = 43 // 62^43 > 2^256
	keySumChars    = 6  // 62^6 > 2^32
	keyLength      = len(keyPrefix) + keyIDLength + keySecretChars + keySumChars
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// KeyHash is the SHA-256 of an API key: the only form that is stored. A random key of 256 bits needs no slow hash.
type KeyHash [sha256.Size]byte

// NewKey is a key just generated.
type NewKey struct {
	// ID is the public part: it may be listed and logged.
	ID string
	// Secret is the whole key, to be shown once.
	Secret string
	// Hash is what to store.
	Hash KeyHash
}

// GenerateKey makes a key from the system's random source.
func GenerateKey() NewKey {
	id := randomBase62(6, keyIDLength) // 48 bits are just over 62^8: the rest is cut off
	body := id + randomBase62(keySecretBytes, keySecretChars)
	secret := keyPrefix + body + keySum(body)
	return NewKey{ID: id, Secret: secret, Hash: hashKey(secret)}
}

// KeyID gives the public id of a well-formed key, which says nothing of its being valid.
func KeyID(key string) (string, bool) {
	if len(key) != keyLength {
		return "", false
	}
	body, ok := strings.CutPrefix(key, keyPrefix)
	if !ok || !isBase62(body) {
		return "", false
	}
	body, sum := body[:len(body)-keySumChars], body[len(body)-keySumChars:]
	return body[:keyIDLength], keySum(body) == sum
}

func hashKey(key string) KeyHash { return sha256.Sum256([]byte(key)) }

func keySum(body string) string {
	return encodeBase62(new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(body)))), keySumChars)
}

func randomBase62(size, chars int) string {
	random := make([]byte, size)
	_, _ = rand.Read(random) // documented never to fail
	return encodeBase62(new(big.Int).SetBytes(random), chars)
}

// encodeBase62 writes the last chars digits of n, padded with zeros.
func encodeBase62(n *big.Int, chars int) string {
	out := make([]byte, chars)
	base, digit := big.NewInt(int64(len(base62))), new(big.Int)
	for i := chars - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		out[i] = base62[digit.Int64()]
	}
	return string(out)
}

func isBase62(s string) bool {
	for i := range len(s) {
		if strings.IndexByte(base62, s[i]) < 0 {
			return false
		}
	}
	return true
}
