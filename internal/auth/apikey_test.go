package auth

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// memoryStore is a KeyStore in memory, with a switch to take it away.
type memoryStore struct {
	mu      sync.Mutex
	records map[string]KeyRecord
	touches map[string]int
	finds   int
	down    error
}

func newMemoryStore(records ...KeyRecord) *memoryStore {
	s := &memoryStore{records: map[string]KeyRecord{}, touches: map[string]int{}}
	for _, r := range records {
		s.records[r.ID] = r
	}
	return s
}

func (s *memoryStore) FindKey(_ context.Context, id string) (KeyRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finds++
	if s.down != nil {
		return KeyRecord{}, s.down
	}
	record, ok := s.records[id]
	if !ok {
		return KeyRecord{}, ErrUnknownKey
	}
	return record, nil
}

func (s *memoryStore) TouchKey(_ context.Context, id string, used time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return s.down
	}
	s.touches[id]++
	record := s.records[id]
	record.LastUsed = used
	s.records[id] = record
	return nil
}

func (s *memoryStore) change(id string, change func(r *KeyRecord)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	record := s.records[id]
	change(&record)
	s.records[id] = record
}

func (s *memoryStore) setDown(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

func recordOf(key NewKey) KeyRecord {
	return KeyRecord{ID: key.ID, Hash: key.Hash, Roles: []string{"user"}, Namespaces: Namespaces{names: []string{"acme"}}}
}

const operatorKey = "operator's own key"

func newKeys(t testing.TB, store KeyStore, c *clock) *Keys {
	t.Helper()
	keys, err := NewKeys(KeyOptions{
		Static: []StaticKey{{Key: operatorKey}, {Key: "another-key-1", Roles: []string{"admin"}, Namespaces: []string{"acme/*"}}},
		Store:  store, Roles: mustRoles(t), Now: c.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestGeneratedKeys(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^mcg_[0-9A-Za-z]{57}$`)
	ids, secrets := map[string]bool{}, map[string]bool{}
	for range 2000 {
		key := GenerateKey()
		if id, ok := KeyID(key.Secret); !form.MatchString(key.Secret) || !ok || id != key.ID || key.Hash != hashKey(key.Secret) {
			t.Fatalf("%+v", key)
		}
		ids[key.ID], secrets[key.Secret] = true, true
	}
	if len(ids) != 2000 || len(secrets) != 2000 {
		t.Errorf("%d ids and %d secrets of 2000", len(ids), len(secrets))
	}
}

func TestBadKeysAreRefused(t *testing.T) {
	t.Parallel()
	c := newClock()
	good, revoked, expired, other, unstored := GenerateKey(), GenerateKey(), GenerateKey(), GenerateKey(), GenerateKey()
	store := newMemoryStore(recordOf(good), recordOf(revoked), recordOf(expired), recordOf(other))
	store.change(revoked.ID, func(r *KeyRecord) { r.Revoked = c.Now().Add(-time.Second) })
	store.change(expired.ID, func(r *KeyRecord) { r.Expires = c.Now() })
	keys := newKeys(t, store, c)
	s := good.Secret
	forged := func(body string) string { return keyPrefix + body + keySum(body) }
	bad := map[string]string{
		"revoked": revoked.Secret, "expired": expired.Secret, "never stored": unstored.Secret,
		"empty": "", "space": " ", "prefix alone": "mcg_", "no prefix": s[4:], "prefix twice": "mcg_" + s, "other prefix": "ghp_" + s[4:], "prefix in capitals": "MCG_" + s[4:],
		"id alone": s[:12], "id and sum": forged(good.ID), "without sum": s[:len(s)-6], "cut by one": s[:len(s)-1], "one more": s + "0", "cut in front": s[1:],
		"lower case": strings.ToLower(s), "upper case": strings.ToUpper(s), "reversed": reverse(s),
		"right id, zero secret":        forged(good.ID + strings.Repeat("0", keySecretChars)),
		"right id, other's secret":     forged(good.ID + other.Secret[12:12+keySecretChars]),
		"other's id, right secret":     forged(other.ID + s[12:12+keySecretChars]),
		"right id, last character off": forged(s[4:4+keyIDLength+keySecretChars-1] + "!"),
		"leading space":                " " + s, "trailing space": s + " ", "trailing line break": s + "\n", "NUL": s + "\x00", "NUL inside": s[:20] + "\x00" + s[21:],
		"quoted": `"` + s + `"`, "percent": strings.Replace(s, "_", "%5F", 1), "in Bearer": "Bearer " + s, "twice": s + s, "list": s + "," + s, "full width": s[:len(s)-1] + "０",
		"SQL": "' OR '1'='1", "SQL in the id": "mcg_' OR 1=1" + s[12:], "path": "mcg_../../.." + s[12:], "LIKE": "mcg_%%%%%%%%" + s[12:], "underscores": "mcg_________" + s[12:],
		"SQL with a sum": forged("' OR 1=1" + s[12:12+keySecretChars]), "null": "null", "undefined": "undefined", "star": "*", "the hash": fmt.Sprintf("%x", good.Hash), "raw hash": string(good.Hash[:]), "the id": good.ID,
		"operator's key in capitals": strings.ToUpper(operatorKey), "operator's key cut": operatorKey[:len(operatorKey)-1], "operator's key longer": operatorKey + "x",
		"operator's key spaced": operatorKey + " ", "operator's hash": fmt.Sprintf("%x", hashKey(operatorKey)), "both": operatorKey + s, "half": operatorKey[:8],
		"megabyte": strings.Repeat("a", 1<<20), "just too long": strings.Repeat("a", maxKeyLength+1), "a token": newWorldToken(t),
	}
	for i := 4; i < len(s); i += 4 { // any character changed, the sum not
		bad[fmt.Sprintf("character %d changed", i)] = s[:i] + string(base62[(strings.IndexByte(base62, s[i])+1)%62]) + s[i+1:]
	}
	if len(bad) < 60 {
		t.Fatalf("%d cases, want at least 60", len(bad))
	}
	for name, key := range bad {
		if _, err := keys.Verify(t.Context(), s); err != nil {
			t.Fatalf("the good key: %v", Reason(err))
		}
		p, err := keys.Verify(t.Context(), key)
		if !errors.Is(err, ErrUnauthenticated) || p.Subject != "" || p.granted != 0 {
			t.Errorf("%s: %+v, %v, want ErrUnauthenticated", name, p, err)
		}
		if err != nil && (err.Error() != ErrUnauthenticated.Error() || key != "" && len(key) > 8 && strings.Contains(Reason(err), key)) {
			t.Errorf("%s: error %q, reason %q", name, err, Reason(err))
		}
	}
}

func newWorldToken(t *testing.T) string {
	t.Helper()
	issuer, err := NewIssuer(SecretOptions{Secret: testSecret}, time.Now, func() string { return "1" })
	if err != nil {
		t.Fatal(err)
	}
	raw, err := issuer.Issue(Principal{Subject: "x"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func reverse(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

func TestMadeUpKeysAskNoStore(t *testing.T) {
	t.Parallel()
	store := newMemoryStore()
	keys := newKeys(t, store, newClock())
	good := GenerateKey().Secret
	odd := "' OR 1=1" + good[12:12+keySecretChars] // with the right sum, which anyone can compute
	for _, key := range []string{"", "x", good[:len(good)-1] + "!", strings.Repeat("mcg_", 15) + "x", good[:30] + reverse(good[30:]), keyPrefix + odd + keySum(odd)} {
		_, _ = keys.Verify(t.Context(), key)
	}
	if store.finds != 0 {
		t.Errorf("the store was asked %d times", store.finds)
	}
}

func TestPrincipalOfKey(t *testing.T) {
	t.Parallel()
	c := newClock()
	plain, owned := GenerateKey(), GenerateKey()
	store := newMemoryStore(recordOf(plain), recordOf(owned))
	store.change(owned.ID, func(r *KeyRecord) { r.Subject, r.Roles, r.Expires = "ci", []string{"readonly"}, c.Now().Add(time.Hour) })
	keys := newKeys(t, store, c)
	acme := mustNamespaces(t, "acme")
	tests := map[string]Principal{
		operatorKey: {
			Subject: "static:" + fingerprint(hashKey(operatorKey)), Kind: KindAPIKey, Issuer: "mcg", Roles: []string{"user"}, Namespaces: AllNamespaces(),
			granted: permissionBits[Generate] | permissionBits[Validate],
		},
		"another-key-1": {
			Subject: "static:" + fingerprint(hashKey("another-key-1")), Kind: KindAPIKey, Issuer: "mcg", Roles: []string{"admin"}, Namespaces: acme, granted: everything,
		},
		plain.Secret: {
			Subject: "key:" + plain.ID, Kind: KindAPIKey, Issuer: "mcg", KeyID: plain.ID, Roles: []string{"user"}, Namespaces: acme,
			granted: permissionBits[Generate] | permissionBits[Validate],
		},
		owned.Secret: {
			Subject: "ci", Kind: KindAPIKey, Issuer: "mcg", KeyID: owned.ID, Roles: []string{"readonly"}, Namespaces: acme,
			Expires: c.Now().Add(time.Hour), granted: permissionBits[View],
		},
	}
	for key, want := range tests {
		got, err := keys.Verify(t.Context(), key)
		if diff := cmp.Diff(want, got, comparePrincipals); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", want.Subject, err, diff)
		}
	}
}

func TestRevocationIsSeen(t *testing.T) {
	t.Parallel()
	c := newClock()
	key := GenerateKey()
	store := newMemoryStore(recordOf(key))
	keys := newKeys(t, store, c)
	accepted := func() bool { _, err := keys.Verify(t.Context(), key.Secret); return err == nil }
	if !accepted() {
		t.Fatal("not accepted at first")
	}
	store.change(key.ID, func(r *KeyRecord) { r.Revoked = c.Now() })
	c.advance(DefaultKeyFresh)
	if accepted() {
		t.Error("revoked elsewhere, accepted after a second")
	}
	store.change(key.ID, func(r *KeyRecord) { r.Revoked = time.Time{} })
	keys.Forget(key.ID)
	if !accepted() {
		t.Fatal("not accepted again")
	}
	store.change(key.ID, func(r *KeyRecord) { r.Revoked = c.Now() })
	keys.Forget(key.ID)
	if accepted() {
		t.Error("revoked here, accepted at once")
	}
	delete(store.records, key.ID)
	keys.Forget(key.ID)
	if accepted() {
		t.Error("deleted, accepted")
	}
}

func TestExpiryOfARememberedKey(t *testing.T) {
	t.Parallel()
	c := newClock()
	key := GenerateKey()
	store := newMemoryStore(recordOf(key))
	store.change(key.ID, func(r *KeyRecord) { r.Expires = c.Now().Add(2 * time.Second) })
	keys := newKeys(t, store, c)
	for _, want := range []bool{true, true, false} {
		if _, err := keys.Verify(t.Context(), key.Secret); (err == nil) != want {
			t.Errorf("at %s: %v, want accepted %t", c.Now(), Reason(err), want)
		}
		c.advance(time.Second)
	}
}

func TestStoreAway(t *testing.T) {
	t.Parallel()
	c := newClock()
	known, unknown := GenerateKey(), GenerateKey()
	store := newMemoryStore(recordOf(known), recordOf(unknown))
	keys := newKeys(t, store, c)
	if _, err := keys.Verify(t.Context(), known.Secret); err != nil {
		t.Fatal(Reason(err))
	}
	away := errors.New("connection refused")
	store.setDown(away)
	if _, err := keys.Verify(t.Context(), unknown.Secret); !errors.Is(err, ErrUnavailable) || !errors.Is(err, away) {
		t.Errorf("the first to ask: %v, want ErrUnavailable", err)
	}
	c.advance(DefaultKeyMaxStale - time.Second)
	if _, err := keys.Verify(t.Context(), known.Secret); err != nil {
		t.Errorf("a key used lately: %v", err)
	}
	if _, err := keys.Verify(t.Context(), operatorKey); err != nil {
		t.Errorf("a static key: %v", err)
	}
	if _, err := keys.Verify(t.Context(), unknown.Secret); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUnauthenticated) || !errors.Is(err, errStoreAway) {
		t.Errorf("a key not used yet: %v, want ErrUnavailable", err)
	}
	c.advance(time.Second)
	if _, err := keys.Verify(t.Context(), known.Secret); !errors.Is(err, ErrUnavailable) {
		t.Errorf("after the time: %v, want ErrUnavailable", err)
	}
	store.setDown(nil)
	c.advance(storePause)
	if _, err := keys.Verify(t.Context(), known.Secret); err != nil {
		t.Errorf("store back: %v", err)
	}
}

func TestUseIsRecordedOnceAMinute(t *testing.T) {
	t.Parallel()
	c := newClock()
	key := GenerateKey()
	store := newMemoryStore(recordOf(key))
	keys := newKeys(t, store, c)
	use := func(n int) {
		var group sync.WaitGroup
		for range n {
			group.Go(func() {
				if _, err := keys.Verify(context.Background(), key.Secret); err != nil {
					t.Error(Reason(err))
				}
			})
		}
		group.Wait()
	}
	for i, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {59 * time.Second, 1}, {time.Second, 2}, {30 * time.Second, 2}, {30 * time.Second, 3}} {
		c.advance(step.after)
		use(50)
		if got := store.touches[key.ID]; got != step.want {
			t.Errorf("step %d: %d touches, want %d", i, got, step.want)
		}
	}
	if got := store.records[key.ID].LastUsed; !got.Equal(c.Now()) {
		t.Errorf("last used %s, want %s", got, c.Now())
	}
	other := newKeys(t, store, c) // another replica
	if _, err := other.Verify(t.Context(), key.Secret); err != nil || store.touches[key.ID] != 3 {
		t.Errorf("another replica: %v, %d touches, want 3", err, store.touches[key.ID])
	}
}

type untouchable struct{ *memoryStore }

func (untouchable) TouchKey(context.Context, string, time.Time) error { return errors.New("read-only") }

func TestFailureToRecordUseRefusesNobody(t *testing.T) {
	t.Parallel()
	key := GenerateKey()
	var told string
	keys, err := NewKeys(KeyOptions{
		Store: untouchable{newMemoryStore(recordOf(key))}, Roles: mustRoles(t), OnTouchError: func(id string, err error) { told = id + ": " + err.Error() },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Verify(t.Context(), key.Secret); err != nil || told != key.ID+": read-only" {
		t.Errorf("%v, told %q", err, told)
	}
}

func TestStaticKeysOfTheConfiguration(t *testing.T) {
	t.Parallel()
	_, err := NewKeys(KeyOptions{Roles: mustRoles(t), Static: []StaticKey{
		{Key: ""}, {Key: "s3cret"}, {Key: "s3cret\nwith break"}, {Key: strings.Repeat("s3cret", 100)}, {Key: "s3cret-long-enough", Roles: []string{"root"}},
		{Key: "s3cret-long-enough-2", Namespaces: []string{"a/b"}}, {Key: "s3cret-long-enough-3"}, {Key: "s3cret-long-enough-3"},
	}})
	if !errors.Is(err, ErrStaticKey) {
		t.Fatalf("got %v, want ErrStaticKey", err)
	}
	for _, n := range []int{1, 2, 3, 4, 5, 6, 8} {
		if !strings.Contains(err.Error(), fmt.Sprintf("number %d:", n)) {
			t.Errorf("number %d is not reported:\n%v", n, err)
		}
	}
	if strings.Contains(err.Error(), "number 7:") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("too much is reported:\n%v", err)
	}
}

func FuzzKeyID(f *testing.F) {
	f.Add(GenerateKey().Secret)
	f.Add("mcg_")
	f.Add(strings.Repeat("0", keyLength))
	f.Fuzz(func(t *testing.T, key string) {
		id, ok := KeyID(key)
		if !ok {
			return
		}
		if len(id) != keyIDLength || !isBase62(id) || !strings.HasPrefix(key, keyPrefix+id) || len(key) != keyLength {
			t.Errorf("%q gives %q", key, id)
		}
	})
}

func BenchmarkVerifyKey(b *testing.B) {
	key := GenerateKey()
	keys := newKeys(b, newMemoryStore(recordOf(key)), newClock())
	for name, secret := range map[string]string{"static": operatorKey, "stored": key.Secret} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := keys.Verify(b.Context(), secret); err != nil {
					b.Fatal(Reason(err))
				}
			}
		})
	}
}
