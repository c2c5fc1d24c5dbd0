package card

import (
	"errors"
	"strings"
	"testing"
)

func TestReadForeignJSON(t *testing.T) {
	t.Parallel()
	f, err := ReadForeignJSON([]byte("\uFEFF{\"a\": [1,\n {\"not_applicable\": \"b\"}]}"))
	if err != nil {
		t.Fatal(err)
	}
	if got := Text(f.Value); got != `{"a":[1,{"not_applicable":"b"}]}` {
		t.Errorf("got %s", got)
	}
	for pointer, want := range map[string]Place{"": {1, 1}, "/a/1/not_applicable": {2, 21}, "/a/1/zebra": {2, 2}} {
		if got := f.Place(pointer); got != want {
			t.Errorf("%q is at %v, want %v", pointer, got, want)
		}
	}
}

func TestReadForeignJSONIsBounded(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"deep": strings.Repeat("[", 40) + strings.Repeat("]", 40), "many": "[0" + strings.Repeat(",0", maxNodes) + "]",
		"large": `"` + strings.Repeat("a", MaxText) + `"`, "twice": `{"a":1,"a":2}`, "control": `"\u0001"`,
	} {
		var refused *Error
		if _, err := ReadForeignJSON([]byte(src)); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
