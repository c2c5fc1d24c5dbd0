package auth

import (
	"crypto/elliptic"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"testing"
	"time"
)

// attack is a token that must be refused, made by one change of a token that is accepted.
type attack struct {
	name string
	good forgery
	bad  *forgery
}

type attacks struct {
	world *world
	list  []attack
}

func (a *attacks) add(name string, good forgery, change func(f *forgery)) {
	bad := good.clone()
	change(bad)
	a.list = append(a.list, attack{name, good, bad})
}

// each adds the attack against all three issuers.
func (a *attacks) each(name string, change func(f *forgery)) {
	for issuer, good := range map[string]forgery{"own": a.world.own, "rsa": a.world.rsa, "ec": a.world.ec} {
		a.add(issuer+": "+name, good, change)
	}
}

func (a *attacks) algorithms() {
	w := a.world
	noSignature := func(raw string) string { return raw[:strings.LastIndexByte(raw, '.')+1] }
	for _, alg := range []any{"none", "None", "NONE", "nOnE", "", nil, 0, true, []string{"HS256"}, map[string]string{"a": "HS256"}, "HS256 ", "hs256", "HS256\x00"} {
		a.each(fmt.Sprintf("alg %v with the good signature", alg), func(f *forgery) { f.header["alg"] = alg })
		a.add(fmt.Sprintf("own: alg %v without signature", alg), w.own, func(f *forgery) { f.header["alg"], f.bend = alg, noSignature })
	}
	for _, alg := range []string{"HS384", "HS512", "PS256", "RS384", "RS512", "ES384", "ES512", "EdDSA", "ES256K", "dir", "A128KW", "RSA-OAEP"} {
		a.each("alg "+alg, func(f *forgery) { f.header["alg"] = alg })
	}
	a.each("no alg", func(f *forgery) { delete(f.header, "alg") })
	a.each("alg in another case of the name", func(f *forgery) { delete(f.header, "alg"); f.header["ALG"] = "HS256" })
	a.each("signature cut off", func(f *forgery) { f.bend = noSignature })
	a.each("signature of zeros", func(f *forgery) { f.sign = func(string) []byte { return make([]byte, 64) } })
	a.each("signature of another message", func(f *forgery) { sign := f.sign; f.sign = func(s string) []byte { return sign(s + "x") } })
	a.each("signature repeated", func(f *forgery) {
		sign := f.sign
		f.sign = func(s string) []byte { return append(sign(s), sign(s)...) }
	})
	a.each("signature truncated", func(f *forgery) { sign := f.sign; f.sign = func(s string) []byte { return sign(s)[:8] } })
	a.add("own: really signed by HS512", w.own, func(f *forgery) {
		f.header["alg"] = "HS512"
		f.sign = func(s string) []byte { sum := sha512.Sum512([]byte(s)); return sum[:] }
	})
}

// swaps sign with something public or empty and hope that the header chooses the algorithm.
func (a *attacks) swaps() {
	w := a.world
	for name, secret := range publicSecrets(w) {
		for _, alg := range []string{"HS256", "RS256", "ES256"} {
			for issuer, good := range map[string]forgery{"rsa": w.rsa, "ec": w.ec} {
				a.add(fmt.Sprintf("%s: HMAC with %s, alg %s", issuer, name, alg), good, func(f *forgery) { f.header["alg"], f.sign = alg, hmacSigner(secret) })
			}
		}
	}
	for _, secret := range []string{"", "secret", "\x00", strings.Repeat("\x00", 32), "mcg", string(testSecret[:31]), string(testSecret) + "x"} {
		a.add(fmt.Sprintf("own: secret %q", secret), w.own, func(f *forgery) { f.sign = hmacSigner([]byte(secret)) })
	}
	a.add("own: by RSA key", w.own, func(f *forgery) { f.header, f.sign = maps.Clone(w.rsa.header), w.rsa.sign })
	a.add("own: by EC key", w.own, func(f *forgery) { f.header, f.sign = maps.Clone(w.ec.header), w.ec.sign })
	a.add("rsa: by our secret", w.rsa, func(f *forgery) { f.header, f.sign = maps.Clone(w.own.header), w.own.sign })
	a.add("rsa: by the other issuer's key", w.rsa, func(f *forgery) { f.header, f.sign = maps.Clone(w.ec.header), w.ec.sign })
	a.add("ec: by the other issuer's key", w.ec, func(f *forgery) { f.header, f.sign = maps.Clone(w.rsa.header), w.rsa.sign })
}

func publicSecrets(w *world) map[string][]byte {
	rsaDER, _ := x509.MarshalPKIXPublicKey(&w.rsaKey.PublicKey)
	ecDER, _ := x509.MarshalPKIXPublicKey(&w.ecKey.PublicKey)
	pkcs1 := x509.MarshalPKCS1PublicKey(&w.rsaKey.PublicKey)
	jwk, _ := json.Marshal(rsaJWK("rsa-1", &w.rsaKey.PublicKey))
	return map[string][]byte{
		"the RSA key's DER": rsaDER, "the EC key's DER": ecDER, "PKCS1 DER": pkcs1, "the JWK": jwk, "nothing": nil,
		"the RSA key's PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: rsaDER}),
		"PKCS1 PEM":         pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1}),
		"the modulus":       w.rsaKey.N.Bytes(),
	}
}

// offeredKeys sign with the attacker's key and offer it in the header.
func (a *attacks) offeredKeys(t *testing.T) {
	w := a.world
	evilRSA, evilEC := newRSA(t, 2048), newEC(t, elliptic.P256())
	evil := newIdentityProvider(t, rsaJWK("rsa-1", &evilRSA.PublicKey), rsaJWK("evil", &evilRSA.PublicKey))
	t.Cleanup(func() {
		if n := evil.fetches.Load(); n != 0 {
			t.Errorf("the URL in a token was fetched %d times", n)
		}
	})
	der, _ := x509.MarshalPKIXPublicKey(&evilRSA.PublicKey)
	for name, value := range map[string]any{
		"jwk": rsaJWK("evil", &evilRSA.PublicKey), "jku": evil.server.URL, "x5u": evil.server.URL,
		"x5c": []string{base64.StdEncoding.EncodeToString(der)}, "x5t": "AAAA", "x5t#S256": "AAAA",
	} {
		for _, kid := range []string{"rsa-1", "evil", ""} {
			a.add(fmt.Sprintf("rsa: %s with kid %q", name, kid), w.rsa, func(f *forgery) {
				f.header[name], f.header["kid"], f.sign = value, kid, rsaSigner(evilRSA)
			})
		}
	}
	a.add("ec: jwk", w.ec, func(f *forgery) { f.header["jwk"], f.sign = ecJWK("ec-1", &evilEC.PublicKey), ecSigner(evilEC) })
	a.add("own: oct jwk", w.own, func(f *forgery) {
		f.header["jwk"], f.sign = map[string]any{"kty": "oct", "k": b64([]byte("evil"))}, hmacSigner([]byte("evil"))
	})
	for _, kid := range []any{
		"../../../../dev/null", "/dev/null", "/proc/sys/kernel/randomize_va_space", "..\\..\\nul", "file:///dev/null", evil.server.URL, "evil",
		"' OR '1'='1", "x' UNION SELECT 'secret'--", "'; DROP TABLE api_keys;--", "rsa-1'--", "rsa-1\x00", "rsa-1 ", "RSA-1", "|cat /etc/passwd", "$(id)", "{{.}}",
		"", nil, 1, []string{"rsa-1"}, map[string]string{"kid": "rsa-1"}, strings.Repeat("k", 300), "ec-1", "\r\nX: y",
	} {
		a.add(fmt.Sprintf("rsa: kid %.40v", kid), w.rsa, func(f *forgery) { f.header["kid"] = kid })
		a.add(fmt.Sprintf("ec: empty secret, kid %.40v", kid), w.ec, func(f *forgery) { f.header["kid"], f.sign = kid, hmacSigner(nil) })
	}
}

func (a *attacks) headers() {
	for name, value := range map[string]any{
		"crit": []string{"exp"}, "b64": false, "enc": "A128GCM", "zip": "DEF",
	} {
		a.each("header "+name, func(f *forgery) { f.header[name] = value })
	}
	for _, crit := range []any{[]string{}, nil, "b64", []string{"b64"}, []string{"kid"}, map[string]any{}} {
		a.add(fmt.Sprintf("own: crit %v", crit), a.world.own, func(f *forgery) { f.header["crit"] = crit })
	}
	a.each("b64 true", func(f *forgery) { f.header["b64"] = true })
	for _, typ := range []any{"JWE", "logout+jwt", "secevent+jwt", "dpop+jwt", "id", "", nil, 1, []string{"JWT"}, "JWT "} {
		a.add(fmt.Sprintf("own: typ %v", typ), a.world.own, func(f *forgery) { f.header["typ"] = typ })
	}
	for name, raw := range map[string]string{
		"duplicate alg":         `{"alg":"none","alg":"HS256"}`,
		"duplicate alg last":    `{"alg":"HS256","alg":"none"}`,
		"duplicate same":        `{"alg":"HS256","alg":"HS256"}`,
		"duplicate escaped":     `{"alg":"HS256","\u0061lg":"HS256"}`,
		"array":                 `[{"alg":"HS256"}]`,
		"string":                `"HS256"`,
		"null":                  `null`,
		"trailing":              `{"alg":"HS256"}x`,
		"two objects":           `{"alg":"HS256"}{"alg":"HS256"}`,
		"unclosed":              `{"alg":"HS256"`,
		"comment":               `{"alg":"HS256"/**/}`,
		"single quotes":         `{'alg':'HS256'}`,
		"byte order mark":       "\ufeff" + `{"alg":"HS256"}`,
		"invalid UTF-8":         "{\"alg\":\"HS256\",\"x\":\"\xff\"}",
		"NUL":                   "{\"alg\":\"HS256\"}\x00",
		"deep":                  `{"alg":"HS256","x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`,
		"long":                  `{"alg":"HS256","x":"` + strings.Repeat("x", 2000) + `"}`,
		"many members":          `{"alg":"HS256"` + manyMembers(maxMembers) + `}`,
		"YAML":                  "alg: HS256",
		"escaped other letters": `{"alg":"\u0068s256"}`,
	} {
		a.add("own: header "+name, a.world.own, func(f *forgery) { f.rawHeader = raw })
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%d":1`, i)
	}
	return b.String()
}

func (a *attacks) claims() {
	now := a.world.clock.Now().Unix()
	for _, name := range []string{"iss", "aud", "exp", "sub"} {
		a.each("no "+name, func(f *forgery) { delete(f.payload, name) })
		for _, value := range []any{nil, true, map[string]any{"a": "b"}, []any{}, "", []any{1}} {
			a.add(fmt.Sprintf("own: %s %v", name, value), a.world.own, func(f *forgery) { f.payload[name] = value })
		}
	}
	for _, issuer := range []string{"MCG", "mcg ", " mcg", "mcg/", "mcg\x00", "evil", rsaIssuer, ecIssuer, "https://rsa.example/", "mcg,evil"} {
		a.add("own: iss "+issuer, a.world.own, func(f *forgery) { f.payload["iss"] = issuer })
	}
	a.add("own: iss list", a.world.own, func(f *forgery) { f.payload["iss"] = []string{"mcg"} })
	a.add("rsa: iss of the other provider", a.world.rsa, func(f *forgery) { f.payload["iss"] = ecIssuer })
	a.add("rsa: iss of ours", a.world.rsa, func(f *forgery) { f.payload["iss"], f.payload["aud"] = DefaultIssuer, DefaultAudience })
	a.add("ec: iss of the other provider", a.world.ec, func(f *forgery) { f.payload["iss"] = rsaIssuer })
	for _, audience := range []any{
		"other", "MCG-API", "mcg-api ", "mcg-api,other", []string{"other"}, []string{"other", "another"}, []string{""}, []any{"mcg-api", 1}, []any{[]string{"mcg-api"}},
		[]any{nil}, map[string]string{"aud": "mcg-api"}, 1, "*", "mcg-api/..",
	} {
		a.add(fmt.Sprintf("own: aud %v", audience), a.world.own, func(f *forgery) { f.payload["aud"] = audience })
	}
	a.each("aud of another service", func(f *forgery) { f.payload["aud"] = "somebody-else" })
	for _, exp := range []any{now - 31, now - 30, now - 3600, 0, -1, 1, "9999999999", fmt.Sprint(now + 600), json.Number("1e400"), json.Number("1e300"), json.Number("-1e3"), 253_402_300_800, now*1000 + 600_000} {
		a.add(fmt.Sprintf("own: exp %v", exp), a.world.own, func(f *forgery) { f.payload["exp"] = exp })
	}
	a.each("expired", func(f *forgery) { f.payload["exp"] = now - 60 })
	for _, name := range []string{"nbf", "iat"} {
		for _, value := range []any{now + 31, now + 3600, "0", nil, true, []any{now}, -5, json.Number("1e300")} {
			a.add(fmt.Sprintf("own: %s %v", name, value), a.world.own, func(f *forgery) { f.payload[name] = value })
		}
		a.each(name+" tomorrow", func(f *forgery) { f.payload[name] = now + 86_400 })
	}
	for _, subject := range []any{"a\nb", "a\x00", "\u2028", "a\x7f", strings.Repeat("s", 257), 1, []string{"alice"}} {
		a.add(fmt.Sprintf("own: sub %.20q", subject), a.world.own, func(f *forgery) { f.payload["sub"] = subject })
	}
	for _, roles := range []any{1, true, nil, map[string]any{"admin": true}, []any{"user", 1}, []any{[]string{"admin"}}} {
		a.add(fmt.Sprintf("own: roles %v", roles), a.world.own, func(f *forgery) { f.payload["roles"] = roles })
		a.add(fmt.Sprintf("own: namespaces %v", roles), a.world.own, func(f *forgery) { f.payload["namespaces"] = roles })
	}
	a.add("own: too many roles", a.world.own, func(f *forgery) { f.payload["roles"] = strings.Repeat("r ", 300) })
}

func (a *attacks) payloads() {
	good := string(orJSON("", a.world.own.payload))
	open := strings.TrimSuffix(good, "}")
	for name, raw := range map[string]string{
		"duplicate iss":        open + `,"iss":"mcg"}`,
		"duplicate sub":        open + `,"sub":"admin"}`,
		"duplicate roles":      open + `,"roles":["admin"]}`,
		"duplicate exp":        open + `,"exp":9999999999}`,
		"duplicate aud":        open + `,"aud":"mcg-api"}`,
		"duplicate escaped":    open + `,"r\u006fles":["admin"]}`,
		"duplicate in front":   `{"sub":"admin",` + good[1:],
		"duplicate nested":     open + `,"x":{"a":1,"a":2}}`,
		"duplicate deep":       open + `,"x":[{"y":{"a":1,"\u0061":2}}]}`,
		"duplicate unknown":    open + `,"z":1,"z":2}`,
		"trailing data":        good + "x",
		"trailing object":      good + `{"sub":"admin"}`,
		"trailing NUL":         good + "\x00",
		"leading mark":         "\ufeff" + good,
		"array":                "[" + good + "]",
		"string":               `"` + strings.ReplaceAll(good, `"`, `\"`) + `"`,
		"null":                 "null",
		"number":               "1",
		"invalid UTF-8":        open + ",\"x\":\"\xc3\x28\"}",
		"overlong UTF-8":       open + ",\"x\":\"\xc0\x80\"}",
		"NaN":                  open + `,"x":NaN}`,
		"hex":                  open + `,"x":0x1}`,
		"trailing comma":       open + `,}`,
		"comment":              open + `/* */}`,
		"deep lists":           open + `,"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
		"deep objects":         open + `,"x":` + strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500) + `}`,
		"many members":         open + manyMembers(maxMembers) + `}`,
		"other case of claims": `{"ISS":"mcg","AUD":"mcg-api","SUB":"alice","EXP":9999999999}`,
		"nested in a claim":    `{"claims":` + good + `}`,
		"unclosed":             open,
	} {
		a.add("own: payload "+name, a.world.own, func(f *forgery) { f.rawPayload = raw })
	}
}

func (a *attacks) shapes() {
	part := func(change func(p []string) string) func(f *forgery) {
		return func(f *forgery) { f.bend = func(raw string) string { return change(strings.Split(raw, ".")) } }
	}
	join := func(p ...string) string { return strings.Join(p, ".") }
	for name, change := range map[string]func(p []string) string{
		"one part":             func(p []string) string { return p[0] },
		"two parts":            func(p []string) string { return join(p[0], p[1]) },
		"four parts":           func(p []string) string { return join(p[0], p[1], p[2], p[2]) },
		"five parts":           func(p []string) string { return join(p[0], p[1], p[2], p[2], p[2]) },
		"trailing dot":         func(p []string) string { return join(p...) + "." },
		"leading dot":          func(p []string) string { return "." + join(p...) },
		"double dot":           func(p []string) string { return p[0] + ".." + p[1] + "." + p[2] },
		"dots only":            func([]string) string { return ".." },
		"many dots":            func([]string) string { return strings.Repeat(".", 8000) },
		"a million dots":       func([]string) string { return strings.Repeat(".", 1_000_000) },
		"a megabyte":           func(p []string) string { return join(p[0], strings.Repeat("A", 1<<20), p[2]) },
		"a megabyte header":    func(p []string) string { return join(strings.Repeat("A", 1<<20), p[1], p[2]) },
		"a megabyte signature": func(p []string) string { return join(p[0], p[1], strings.Repeat("A", 1<<20)) },
		"just over the cap":    func(p []string) string { return join(p[0], p[1], strings.Repeat("A", maxTokenBytes)) },
		"empty header":         func(p []string) string { return join("", p[1], p[2]) },
		"empty payload":        func(p []string) string { return join(p[0], "", p[2]) },
		"header padded":        func(p []string) string { return join(p[0]+"=", p[1], p[2]) },
		"payload padded":       func(p []string) string { return join(p[0], p[1]+"==", p[2]) },
		"signature padded":     func(p []string) string { return join(p[0], p[1], p[2]+"=") },
		"line break":           func(p []string) string { return join(p[0], p[1], p[2][:4]+"\n"+p[2][4:]) },
		"carriage return":      func(p []string) string { return join(p[0], p[1]+"\r\n", p[2]) },
		"trailing line break":  func(p []string) string { return join(p...) + "\n" },
		"space":                func(p []string) string { return join(p...) + " " },
		"NUL":                  func(p []string) string { return join(p...) + "\x00" },
		"percent":              func(p []string) string { return join(p[0], p[1], p[2]+"%3D") },
		"standard alphabet":    func(p []string) string { return join(p[0], p[1], "+/"+p[2][2:]) },
		"swapped parts":        func(p []string) string { return join(p[1], p[0], p[2]) },
		"twice":                func(p []string) string { return join(p...) + join(p...) },
		"comma":                func(p []string) string { return join(p...) + "," + join(p...) },
		"not canonical":        func(p []string) string { return join(p[0], p[1], nonCanonical(p[2])) },
		"bit flipped":          func(p []string) string { return join(p[0], p[1], flip(p[2])) },
		"payload bit flipped":  func(p []string) string { return join(p[0], flip(p[1]), p[2]) },
		"header bit flipped":   func(p []string) string { return join(flip(p[0]), p[1], p[2]) },
		"unicode":              func(p []string) string { return join(p[0], p[1], p[2]) + "é" },
		"JSON serialisation": func(p []string) string {
			return fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, p[0], p[1], p[2])
		},
	} {
		a.each(name, part(change))
	}
}

// nonCanonical changes bits that a lax decoder throws away.
func nonCanonical(segment string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, segment[len(segment)-1])
	return segment[:len(segment)-1] + string(alphabet[last^1])
}

func flip(segment string) string {
	c := byte('A')
	if segment[5] == c {
		c = 'B'
	}
	return segment[:5] + string(c) + segment[6:]
}

func allAttacks(t *testing.T, w *world) []attack {
	t.Helper()
	a := &attacks{world: w}
	a.algorithms()
	a.swaps()
	a.offeredKeys(t)
	a.headers()
	a.claims()
	a.payloads()
	a.shapes()
	if len(a.list) < 150 {
		t.Fatalf("%d attacks, want at least 150", len(a.list))
	}
	return a.list
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	all := allAttacks(t, w)
	for _, a := range all {
		good, bad := a.good.token(), a.bad.token()
		if _, err := w.verify(good); err != nil {
			t.Fatalf("%s: the token it is made from: %v", a.name, Reason(err))
		}
		if bad == good {
			t.Errorf("%s: changes nothing", a.name)
		}
		p, err := w.verify(bad)
		if !errors.Is(err, ErrUnauthenticated) || p.Subject != "" || p.granted != 0 {
			t.Errorf("%s: got %+v, %v, want ErrUnauthenticated", a.name, p, err)
		}
		if err != nil && err.Error() != ErrUnauthenticated.Error() {
			t.Errorf("%s: the error tells more than the next one: %v", a.name, err)
		}
	}
	t.Logf("%d attacks", len(all))
}

// TestForgedTokensCostLittle bounds what a stranger's token makes the service allocate.
func TestForgedTokensCostLittle(t *testing.T) {
	w := newWorld(t, 0)
	for _, good := range []forgery{w.own, w.rsa, w.ec} { // fetch the keys first
		if _, err := w.verify(good.token()); err != nil {
			t.Fatal(err)
		}
	}
	open := strings.TrimSuffix(string(orJSON("", w.own.payload)), "}")
	tokens := map[string]string{}
	for _, a := range allAttacks(t, w) {
		tokens[a.name] = a.bad.token()
	}
	for name, filler := range map[string]string{
		"numbers": "[" + strings.Repeat("1,", 2500) + "1]", "objects": "[" + strings.Repeat("{},", 1800) + "1]", "strings": "[" + strings.Repeat(`"",`, 1800) + "1]",
		"names": `{` + strings.TrimPrefix(manyMembers(700), ",") + `}`, "text": `"` + strings.Repeat(`\u0041`, 900) + `"`,
	} {
		f := w.own.clone()
		f.rawPayload, f.sign = open+`,"x":`+filler+`}`, func(string) []byte { return make([]byte, 32) }
		tokens["filled with "+name] = f.token()
	}
	for name, raw := range tokens {
		if got := allocated(func() { _, _ = w.verify(raw) }); got > 64<<10 {
			t.Errorf("%s (%d bytes): %d bytes allocated, want at most 64 KiB", name, len(raw), got)
		}
	}
}

// allocated is the smallest of a few runs, since other goroutines allocate too.
func allocated(run func()) uint64 {
	least := ^uint64(0)
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		run()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// TestAccepted shows what the refusals above must not catch.
func TestAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, -1)
	now := w.clock.Now().Unix()
	evil := newIdentityProvider(t)
	tests := map[string]struct {
		good   forgery
		change func(f *forgery)
	}{
		"no typ":              {w.own, func(f *forgery) { delete(f.header, "typ") }},
		"typ in lower case":   {w.own, func(f *forgery) { f.header["typ"] = "jwt" }},
		"typ of RFC 9068":     {w.rsa, func(f *forgery) { f.header["typ"] = "application/at+jwt" }},
		"audience list":       {w.own, func(f *forgery) { f.payload["aud"] = []string{"other", "mcg-api"} }},
		"no nbf, no iat":      {w.own, func(f *forgery) { delete(f.payload, "nbf"); delete(f.payload, "iat") }},
		"fraction":            {w.own, func(f *forgery) { f.payload["exp"] = float64(now) + 0.5 }},
		"expired within":      {w.own, func(f *forgery) { f.payload["exp"] = now - 29 }},
		"not yet within":      {w.own, func(f *forgery) { f.payload["nbf"], f.payload["iat"] = now+30, now+30 }},
		"exponent":            {w.own, func(f *forgery) { f.payload["exp"] = json.Number("2e9") }},
		"kid with a secret":   {w.own, func(f *forgery) { f.header["kid"] = "anything" }},
		"no kid, one key":     {w.rsa, func(f *forgery) { delete(f.header, "kid") }},
		"jku ignored":         {w.rsa, func(f *forgery) { f.header["jku"], f.header["x5u"] = evil.server.URL, evil.server.URL }},
		"jwk ignored":         {w.rsa, func(f *forgery) { f.header["jwk"] = map[string]any{"kty": "oct", "k": "AA"} }},
		"unknown claims":      {w.rsa, func(f *forgery) { f.payload["x"] = map[string]any{"a": []any{1, map[string]any{"a": 1}}} }},
		"same name at levels": {w.own, func(f *forgery) { f.payload["x"] = map[string]any{"iss": "evil", "sub": "admin"} }},
		"many nested": {w.own, func(f *forgery) {
			f.rawPayload = `{"x":{"y":1` + manyMembers(300) + "}," + string(orJSON("", f.payload))[1:]
		}},
		"no roles":         {w.own, func(f *forgery) { delete(f.payload, "roles") }},
		"subject in Greek": {w.own, func(f *forgery) { f.payload["sub"] = "Ἀλίκη" }},
		"white space":      {w.own, func(f *forgery) { f.rawHeader = "{ \"alg\" : \"HS256\" }\n" }},
	}
	for name, tt := range tests {
		f := tt.good.clone()
		tt.change(f)
		if _, err := w.verify(f.token()); err != nil {
			t.Errorf("%s: %v", name, Reason(err))
		}
	}
	if n := evil.fetches.Load(); n != 0 {
		t.Errorf("the URL in a token was fetched %d times", n)
	}
}

func TestExpiryIsExact(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	raw := w.own.token() // ends in 600 s, leeway 30 s
	for _, step := range []struct {
		after time.Duration
		ok    bool
	}{{0, true}, {599 * time.Second, true}, {30 * time.Second, true}, {time.Second, false}} {
		w.clock.advance(step.after)
		if _, err := w.verify(raw); (err == nil) != step.ok {
			t.Errorf("at %s: %v, want accepted %t", w.clock.Now(), Reason(err), step.ok)
		}
	}
}
