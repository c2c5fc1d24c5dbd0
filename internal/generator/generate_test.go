package generator

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

func TestGenerateMakesRevisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first := w.mustGenerate(t, cardV1)
	again := w.mustGenerate(t, "# a comment\n"+cardV1)
	second := w.mustGenerate(t, cardV2)
	third := w.mustGenerate(t, cardV1)
	if !first.Created || first.Revision.Number != 1 {
		t.Errorf("first: %+v", first)
	}
	if !again.Unchanged || again.Revision.Number != 1 {
		t.Errorf("the same with a comment: %+v", again)
	}
	if second.Revision.Number != 2 || third.Revision.Number != 3 || third.Revision.Digest != first.Revision.Digest {
		t.Errorf("A, B, A made %d and %d", second.Revision.Number, third.Revision.Number)
	}
	page, err := w.store.Audit(t.Context(), store.AllNamespaces(), store.AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 3 {
		t.Errorf("%d audit rows for three revisions", len(page.Items))
	}
}

func TestGenerateRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		source string
		change func(*Request)
		want   error
	}{
		"at another revision":  {cardV2, func(r *Request) { r.Expect = 7 }, ErrPrecondition},
		"only create":          {cardV2, func(r *Request) { r.Expect = NoCard }, ErrPrecondition},
		"foreign namespace":    {cardV2, func(r *Request) { r.Scope = store.Namespaces("other") }, store.ErrForbidden},
		"identifier is taken":  {"model: {name: Taken}", func(r *Request) { r.Author = "bob" }, ErrIDTaken},
		"expected, but absent": {"model: {id: acme/new}", func(r *Request) { r.Expect = 1 }, ErrPrecondition},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.mustGenerate(t, cardV1)
			w.mustGenerate(t, "model: {name: Taken, license: mit}")
			if _, err := w.generate(t, tc.source, tc.change); !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
			if got := w.latestNumber(t, false); got != 1 {
				t.Errorf("the refusal left revision %d", got)
			}
		})
	}
}

func TestGenerateNamesTheMistake(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, err := w.generate(t, "model:\n  id: acme/m\n  licence: mit\n", nil)
	var refused *card.Error
	if !errors.As(err, &refused) || len(refused.Problems) != 1 || refused.Problems[0].Line != 3 || refused.Problems[0].Column != 3 {
		t.Fatalf("error %v, want one at line 3, column 3", err)
	}
}

func TestGenerateOnceByItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	keyed := func(r *Request) { r.IdempotencyKey = "k1" }
	first, err := w.generate(t, cardV1, keyed)
	if err != nil {
		t.Fatal(err)
	}
	w.mustGenerate(t, cardV2)
	replayed, err := w.generate(t, cardV1, keyed)
	if err != nil || replayed.Revision.Number != first.Revision.Number || !replayed.Created {
		t.Errorf("replay: %+v, %v", replayed, err)
	}
	if got := w.latestNumber(t, false); got != 2 {
		t.Errorf("the replay moved the card to %d", got)
	}
	if _, err := w.generate(t, cardV2, keyed); !errors.Is(err, ErrKeyReused) {
		t.Errorf("another document under the key: %v", err)
	}
}

func TestOverloadIsRefusedBeforeAnythingIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) {
		o.Enter = func(context.Context) (func(), error) { return nil, ErrOverloaded }
	})
	if _, err := w.generate(t, cardV1, nil); !errors.Is(err, ErrOverloaded) {
		t.Errorf("generate: %v", err)
	}
	format, _ := render.Lookup("html")
	if _, _, _, err := w.Render(t.Context(), Input{Source: []byte(cardV1), MediaType: render.TypeYAML}, format); !errors.Is(err, ErrOverloaded) {
		t.Errorf("render: %v", err)
	}
}

func TestFolderHasEachRevisionAndTheLatest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder, err := NewFolder(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	format, _ := render.Lookup("huggingface")
	w := newWorld(t, func(o *Options) {
		o.Folder, o.Export = folder, format
		o.Exported = func(_ store.ID, err error) {
			if err != nil {
				t.Error(err)
			}
		}
	})
	w.mustGenerate(t, cardV1)
	w.mustGenerate(t, cardV1) // unchanged: no file
	w.mustGenerate(t, cardV2)
	read := func(name string) string {
		body, err := os.ReadFile(filepath.Join(dir, "out", "acme", "m", name))
		if err != nil {
			t.Error(err)
		}
		return string(body)
	}
	if one, two := read("1.md"), read("2.md"); one == two || two != read("latest.md") {
		t.Error("latest.md is not the second revision")
	}
}

func TestFolderLatestNeverGoesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const revisions = 50
	var wg sync.WaitGroup
	for process := range 2 { // each with a folder of its own, as two processes have
		folder, err := NewFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		for n := int64(1 + process); n <= revisions; n += 2 {
			wg.Go(func() {
				if err := folder.Write(cardID, n, ".md", []byte{byte(n)}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	folder, err := NewFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Write(cardID, 3, ".md", []byte{3}); err != nil { // a late one
		t.Fatal(err)
	}
	if body, err := os.ReadFile(filepath.Join(dir, "acme", "m", "latest.md")); err != nil || body[0] != revisions {
		t.Errorf("latest is %v, %v; want %d", body, err, revisions)
	}
}
