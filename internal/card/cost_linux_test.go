package card

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What one document may cost, however it was made.
const (
	maxParseCPU   = 100 * time.Millisecond
	maxParseBytes = 32 << 20
)

// TestCostOfHostileDocuments is not parallel, so that what it measures is its
// own.
func TestCostOfHostileDocuments(t *testing.T) {
	if raceEnabled {
		t.Skip("costs are not those of the race detector")
	}
	for name, src := range hostileYAML() {
		checkCost(t, "YAML "+name, func() { _, _ = ReadYAML([]byte(src)) })
	}
	for name, src := range hostileJSON() {
		checkCost(t, "JSON "+name, func() { _, _ = ReadJSON([]byte(src)) })
	}
	for name, src := range hostileMarkdown(MaxText) {
		checkCost(t, "Markdown "+name, func() { NormalizeText(src) })
		checkCost(t, "headings of "+name, func() { Headings([]byte(src)) })
	}
}

func TestCostOfMutatedDocuments(t *testing.T) {
	if raceEnabled {
		t.Skip("costs are not those of the race detector")
	}
	documents := 10_000
	if testing.Short() {
		documents = 1000
	}
	example := readExample(t)
	canonical := mustRead(t, ReadYAML, string(example)).Card.Canonical()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same documents each time
	seeds := [][]byte{example}
	for _, s := range yamlSeeds {
		seeds = append(seeds, []byte(s))
	}
	for i := range documents {
		if i%2 == 0 {
			src := mutate(random, seeds[random.IntN(len(seeds))])
			checkCost(t, fmt.Sprintf("YAML %d", i), func() { _, _ = ReadYAML(src) })
		} else {
			src := mutate(random, canonical)
			checkCost(t, fmt.Sprintf("JSON %d", i), func() { _, _ = ReadJSON(src) })
		}
		if t.Failed() {
			return
		}
	}
}

// mutate changes a few places of a document, repeats parts of it, or both.
func mutate(random *rand.Rand, src []byte) []byte {
	const special = "[]{}:,-?&*!|>'\"%@`#<~ \n\t\\0aé=_."
	src = append([]byte(nil), src...)
	for range 1 + random.IntN(8) {
		at := random.IntN(len(src) + 1)
		switch random.IntN(4) {
		case 0:
			src = append(src[:at:at], append([]byte{special[random.IntN(len(special))]}, src[at:]...)...)
		case 1:
			end := min(len(src), at+random.IntN(20))
			src = append(src[:at:at], src[end:]...)
		case 2:
			end := min(len(src), at+1+random.IntN(20))
			part := string(src[at:end])
			src = append(src[:at:at], append([]byte(strings.Repeat(part, 1+random.IntN(500))), src[at:]...)...)
		case 3:
			if at < len(src) {
				src[at] = byte(random.IntN(256))
			}
		}
	}
	return src
}

// checkCost runs a function up to three times: one quiet run shows that the
// cost is not the function's own but the machine's.
func checkCost(t *testing.T, name string, run func()) {
	t.Helper()
	var cpu time.Duration
	var allocated uint64
	for range 3 {
		cpu, allocated = cost(run)
		if cpu <= maxParseCPU && allocated <= maxParseBytes {
			return
		}
	}
	t.Errorf("%s: %v of CPU and %d KiB, over %v and %d KiB", name, cpu.Round(time.Millisecond), allocated>>10, maxParseCPU, maxParseBytes>>10)
}

// cost measures the CPU time of the thread that runs a function, and what the
// function allocates.
func cost(run func()) (time.Duration, uint64) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := threadCPU()
	run()
	cpu := threadCPU() - start
	runtime.ReadMemStats(&after)
	return cpu, after.TotalAlloc - before.TotalAlloc
}

func threadCPU() time.Duration {
	const rusageThread = 1
	var usage syscall.Rusage
	if err := syscall.Getrusage(rusageThread, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// fill repeats a part up to a size.
func fill(size int, part string) string { return strings.Repeat(part, size/len(part)) }

func hostileYAML() map[string]string {
	const head = "model: {name: x}\nmetadata: "
	const size = MaxYAML - 100
	documents := map[string]string{}
	for _, part := range []string{
		"[", "{", "- ", "? ", "&a ", "*a ", "!t ", "!!t ", ": ", "a: ", "[a,", "{a,", "{a: ", "[[],", "\r", "'", "\"", "|", ">", "%", "@", "#", "a ", "a\n  ", "\n", " ", "\t", "\\", "<<: ", "--- ", "---\n", "...\n", "- - \n  ", "? a\n: ", "a: |\n ", "<", "```\n",
	} {
		documents[part] = fill(size, part)
		documents["metadata "+part] = head + fill(size, part)
		documents["list "+part] = head + "[" + fill(size, part) + "]"
		documents["text "+part] = head + "\n  a: |\n" + fill(size, "    "+strings.TrimSpace(part)+"\n")
		documents["quoted "+part] = head + "\n  \"" + fill(size, strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\t", `\t`).Replace(part)) + "\": a"
	}
	documents["keys"] = "{" + strings.Repeat(keysOfSize(20), size/200) + "}"
	documents["unknown keys"] = unknownKeys(size)
	documents["anchors"] = head + "[" + strings.TrimSuffix(fill(size, "&a b,"), ",") + "]"
	documents["aliases"] = head + "[&a b," + fill(size, "*a,") + "]"
	documents["merge chain"] = mergeChain(90)
	documents["wide merges"] = "a: &a " + keysJSON(maxKeys) + "\n" + strings.Repeat("b: {<<: [*a, *a, *a]}\n", 13)
	documents["warnings"] = head + nestedKeys(20, 1000, "["+fill(size/2, "on,")+"]")
	documents["reasons"] = head[:17] + "a: " + nestedKeys(20, 1000, answersOfSize(size/2))
	documents["deep indentation"] = deepIndentation(size)
	documents["comments"] = "model: {name: x} " + fill(size, "# a\n")
	documents["comments between"] = "model:\n  name: x\nmetadata:\n" + fill(size, "  #\n")
	documents["long numbers"] = head + "[" + fill(size, strings.Repeat("1", 60)+",") + "]"
	documents["sexagesimal"] = head + "[" + fill(size, "1:1:1:1:1:1:1:1:1:1,") + "]"
	documents["one long number"] = head + fill(size, "1")
	documents["one long exponent"] = head + "1e" + fill(size, "1")
	documents["one long plain"] = head + fill(size, "1_")
	for name, text := range hostileMarkdown(size / 2) {
		documents["Markdown "+name] = "model: {name: x}\ncontact: {authors: " + string(appendString(nil, text)) + "}"
	}
	return documents
}

func keysOfSize(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "key%d: 1,", i)
	}
	return b.String()
}

// unknownKeys has as many misspelt keys as fit, each of which wants a hint.
func unknownKeys(size int) string {
	var b strings.Builder
	b.WriteString("model: {name: x}\ntraining: {datasets: [")
	for i := 0; b.Len() < size-200; i++ {
		fmt.Fprintf(&b, "{nane%d: 1, lnk%d: 1, splitt%d: 1},", i, i, i)
	}
	b.WriteString("]}")
	return b.String()
}

func answersOfSize(size int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "k%d: {not_applicable: r},", i)
		if i%400 == 399 {
			fmt.Fprintf(&b, "m%d: {", i)
		}
	}
	return b.String() + strings.Repeat("}", strings.Count(b.String(), "m")+1)
}

// nestedKeys makes the path to a value long.
func nestedKeys(depth, length int, value string) string {
	key := strings.Repeat("k", length)
	return strings.Repeat("{"+key+": ", depth) + value + strings.Repeat("}", depth)
}

func mergeChain(n int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 " + keysJSON(200) + "\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "a%d: &a%d {<<: *a%d, b%d: 1}\n", i, i, i-1, i)
	}
	return b.String()
}

func deepIndentation(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()[:size]
}

func hostileJSON() map[string]string {
	const head = `{"model": {"name": "x"}, "metadata": {"a": `
	const size = MaxText - 100
	documents := map[string]string{}
	for _, part := range []string{"[", "{", `{"a":`, "[1,", "1,", `"`, `"a",`, `\`, "-", "9", "0", " ", "\n", "\r", "tru", "[],", "{},", `"\u0061",`, "\x00", "é"} {
		documents[part] = fill(size, part)
		documents["list "+part] = head + "[" + strings.TrimSuffix(fill(size, part), ",") + "]}}"
	}
	for _, part := range []string{"a", " ", `\n`, `\u0000`, `\u00e9`, `\ud83d\ude00`, `\ud83d`, "é", "😀", `\"`, `\\`} {
		documents["text "+part] = head + `"` + fill(size, part) + `"}}`
		documents["key "+part] = head + `{"` + fill(size, part) + `": 1}}}`
	}
	values := strings.TrimSuffix(strings.Repeat("1,", maxNodes-20), ",")
	documents["values"] = head + "[" + values + "]}}"
	documents["texts"] = head + "[" + strings.TrimSuffix(strings.Repeat(`"a",`, maxNodes-20), ",") + "]}}"
	documents["texts of lines"] = head + "[" + strings.TrimSuffix(strings.Repeat(`"a\n=",`, maxNodes-20), ",") + "]}}"
	documents["text fields of lines"] = `{"model": {"name": "x"}, "intended_use": {"users": [` + strings.TrimSuffix(strings.Repeat(`"a\n=",`, maxNodes-20), ",") + "]}}"
	documents["wrong types"] = `{"model": {"name": "x", "tags": [` + values + "]}}"
	documents["wrong pairs"] = `{"model": {"name": "x"}, "metadata": [` + values + "]}"
	documents["unknown keys in a list"] = `{"model": {"name": "x"}, "sections": [` + strings.TrimSuffix(strings.Repeat(`{"titel":1,"txt":2},`, 3900), ",") + "]}"
	documents["duplicate keys"] = head + nestedKeysJSON(20, 1000, `{`+strings.TrimSuffix(strings.Repeat(`"a":1,`, 400), ",")+`}`) + "}}"
	documents["carriage returns"] = fill(size, "\r") + "{\n}"
	documents["keys"] = head + "[" + strings.TrimSuffix(strings.Repeat(keysJSON(400)+",", 20), ",") + "]}}"
	picture := fill(MaxDocument-1000, "AAAA")
	wrapped := fill(MaxDocument-1000, strings.Repeat("A", 76)+`\r\n`)
	for name, p := range map[string]string{"picture": picture, "picture of lines": wrapped, "broken picture": picture[1:] + "-", "pictures": fill(MaxDocument/2, "AAAA") + `"}, {"image": "` + fill(MaxDocument/2-1000, "AAAA")} {
		documents[name] = `{"model": {"name": "x"}, "training": {"datasets": [{"graphics": {"collection": [{"image": "` + p + `"}]}}]}}`
	}
	documents["picture that is none"] = `{"model": {"name": "` + fill(MaxDocument-1000, "AAAA") + `"}}`
	documents["picture at an unknown key"] = `{"model": {"name": "x", "image": "` + picture + `"}}`
	for name, text := range hostileMarkdown(size / 3) {
		documents["Markdown "+name] = `{"model": {"name": "x"}, "contact": {"authors": ` + string(appendString(nil, text)) + "}}"
		documents["Markdown in parts "+name] = `{"model": {"name": "x"}, "intended_use": {"users": [` + strings.TrimSuffix(fill(size/3, string(appendString(nil, text[:min(len(text), 1000)]))+","), ",") + "]}}"
	}
	return documents
}

func nestedKeysJSON(depth, length int, value string) string {
	return strings.ReplaceAll(strings.ReplaceAll(nestedKeys(depth, length, value), "{k", `{"k`), "k: ", `k": `)
}

// hostileMarkdown has, for each construct of Markdown, a text of a size that is
// full of it.
func hostileMarkdown(size int) map[string]string {
	texts := map[string]string{}
	for _, part := range []string{
		"<", "<a ", "<a b=c>\n\n", "<a b='\n", "<div>\n", "<pre a", "<pre>\n", "<!-- ", "<!--\n", "<![CDATA[", "<?\n", "<!A\n", "</", "```\n", "```\n~~~\n", "`", "~~~ a\n",
		"a\n=\n", "a\n---\n", "a\n", "a  \n", "# a\n", "#\n", "# ", "# a #\n", "=", "-", "- - -\n", "* * * ", "***\n", "[", "[\n", "[a](b", "[a]: b\n", "[a]:\n", "[a]: b 'c\n", "![", "*_", "*a _b", "**a", "_", "\\", "&amp;",
		">", "> ", ">>>>>>>>a\n", "> a\n", "- ", "- a\n", "1. ", "1. a\n", "* - + ", "- a\n\n", "  - a\n", "\t", "\ta\n", " ", "\n", " a\n", "| a |\n", "| - ", "é", "\u2028", "<https://", "www.a", "a@b.", ":", "[^a]: b\n",
	} {
		texts[part] = fill(size, part)
		texts["open "+part] = "<!-- -->\n\n" + fill(size, part) + "\na\n=" // parsed, whatever is in it
	}
	texts["growing fences"] = growing(size, "`")
	texts["growing quotes"] = "<\n\n" + growing(size, ">")
	texts["growing indentation"] = "<\n\n" + deepLists(int(1.4*float64(isqrt(size/2)))) + "a\n="
	texts["blank lines in lists"] = "<\n\n" + deepLists(isqrt(size/4)) + fill(size/2, "\n") + "a\n="
	texts["lazy lines in quotes"] = "<\n\n" + strings.Repeat("> ", 60) + fill(size, "a\n") + "="
	texts["lists in every line"] = "<\n\n" + fill(size, strings.Repeat("- ", 60)+"a\n")
	texts["attributes"] = "<a" + fill(size, " a=\"b\"") + "\n\na\n="
	texts["heading attributes"] = "<\n\n# a {" + fill(size, "a=b ") + "}\n\na\n="
	return texts
}

func growing(size int, part string) string {
	var b strings.Builder
	for i := 3; b.Len() < size; i++ {
		b.WriteString(strings.Repeat(part, i) + "\n")
	}
	return b.String()
}

func deepLists(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", 2*i) + "- a\n")
	}
	return b.String()
}

func isqrt(n int) int {
	i := 0
	for i*i < n {
		i++
	}
	return i
}
