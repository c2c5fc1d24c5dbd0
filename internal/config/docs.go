package config

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"strings"
)

const docsHead = `# Configuration

<!-- Generated from internal/config; write it anew with: go test ./internal/config -run TestDocs -update -->

A value comes from four places, each beating those before it: the built-in default, the file, the environment, a flag.
` + "`mcg config`" + ` prints the values in force and where each came from. Every mistake is reported at once, with the file's line
and column or the name of the variable, and nothing starts until there is none.

## The file

The file is the one named by ` + "`--config`" + `, or else by ` + "`MCG_CONFIG`" + `, or else ` + "`config.yaml`" + ` in ` + "`MCG_CONFIG_DIR`" + `
(` + "`/etc/mcg`" + `), which need not exist. It is YAML of at most 1 MiB, one document, without anchors and tags. Unknown keys and keys
that come twice are refused; a key without a value counts as not set.

` + "`${NAME}`" + ` in a value is replaced by that variable of the environment, after the file is parsed, so that what a variable
holds can't change the structure. A variable that is not set is an error, unless the environment or a flag sets the same key
anyway. ` + "`$${`" + ` writes a plain ` + "`${`" + `.

## The environment

Each key has one variable, named below. A list is written with commas between its items, or as YAML or JSON; so is a map, as
YAML or JSON. An empty variable counts as not set. A variable that begins with ` + "`MCG_`" + ` and is not read is warned about.

## Secrets

A *secret* is printed as ` + "`[redacted]`" + `, and an *address* without its password. A key of either kind can also be read from a
mounted file: ` + "`secret_key_file: /run/secrets/key`" + ` in the file, ` + "`MCG_SECRET_KEY_FILE`" + ` in the environment. A newline at the
file's end is left out. Giving both the value and the file in one place is an error; between places the usual order holds.

## Units

A *size* is bytes, or a number with KB, MB, GB or TB, in steps of 1024 (100MB is 104857600 bytes; MiB is the same). A *duration*
is seconds, or numbers with ms, s, m, h or d: ` + "`300`, `90s`, `1h30m`, `7d`" + `.

## Where two keys name one thing

| what | order, the strongest first |
|---|---|
| level of the log | ` + "`MCG_LOG_LEVEL`, `logging.level`, `debug: true`, `info`; an entry of `logging.handlers` has its own" + ` |
| work at once | ` + "`MCG_MAX_WORKERS`, `api.workers`" + ` |
| time for a request | ` + "`MCG_TIMEOUT_SECONDS`, `api.timeout`" + ` |
| time in a cache tier | ` + "`cache.levels[].ttl`, then `redis.ttl` for redis and `storage.cache_ttl` for disk" + ` |
| size of the disk cache | ` + "`cache.levels[].size`, `storage.max_cache_size`" + ` |
| Redis server | ` + "`redis.url`, then `redis.host`, `port`, `db`, `username` and `password`" + ` |
| traces | ` + "`monitoring.otlp_endpoint`, `monitoring.jaeger_endpoint`" + ` |

## What is refused

- An API that listens beyond loopback without authentication, or without any way to authenticate.
- A secret key of less than 32 bytes; an external issuer without ` + "`issuer` and `audience`" + `, or whose keys come without TLS.
- A worker on SQLite: only a Postgres database can be shared.

## Keys
`

// WriteDocs writes docs/configuration.md: the rules, and every key with its variable, default and meaning.
func WriteDocs(w io.Writer) error {
	b := bufio.NewWriter(w)
	_, _ = b.WriteString(docsHead) // a bufio.Writer keeps its first error for Flush
	var c Config
	section := "-"
	for _, k := range keys(&c) {
		if s, _, _ := strings.Cut(k.path, "."); s != section && (section == "-" || strings.Contains(k.path, ".")) {
			section = docsSection(b, k.path)
		}
		docsRow(b, k)
		if k.value.Kind() == reflect.Slice && k.value.Type().Elem().Kind() == reflect.Struct {
			docsElements(b, k)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("config: write docs: %w", err)
	}
	return nil
}

func docsSection(b *bufio.Writer, path string) string {
	title, _, nested := strings.Cut(path, ".")
	heading := "`" + title + "`"
	if !nested {
		title, heading = "", "Top level"
	}
	_, _ = fmt.Fprintf(b, "\n### %s\n\n| key | variable | kind | default | meaning |\n|---|---|---|---|---|\n", heading)
	return title
}

func docsRow(b *bufio.Writer, k key) {
	name, kind, defaultText := "`"+k.path+"`", docsKind(k), "`"+k.defaultText+"`"
	if k.envOnly {
		name = "–"
	}
	if k.defaultText == "" {
		defaultText = "empty"
	}
	_, _ = fmt.Fprintf(b, "| %s | `%s` | %s | %s | %s |\n", name, k.variable, kind, defaultText, docsMeaning(k.doc, k.enum))
}

func docsKind(k key) string {
	kind := kindOf(k.value.Type())
	if k.value.Type() == apiKeysType {
		kind += ", secret"
	}
	return kind
}

// docsElements describes the fields of a list's elements.
func docsElements(b *bufio.Writer, k key) {
	element := k.value.Type().Elem()
	for i := range element.NumField() {
		f := element.Field(i)
		required := "optional"
		if f.Tag.Get("required") != "" {
			required = "required"
		}
		_, _ = fmt.Fprintf(b, "| `%s[].%s` | | %s | %s | %s |\n",
			k.path, f.Tag.Get("yaml"), kindOf(f.Type), required, docsMeaning(f.Tag.Get("doc"), enumOf(f)))
	}
}

func docsMeaning(doc string, enum []string) string {
	var names []string
	for _, e := range enum {
		if e != "" {
			names = append(names, "`"+e+"`")
		}
	}
	if len(names) > 0 {
		doc += " One of " + strings.Join(names, ", ") + "."
	}
	return strings.ReplaceAll(doc, "|", `\|`)
}
