package attack_test

import (
	"slices"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/test/attack"
)

func TestVectorsMakeCards(t *testing.T) {
	t.Parallel()
	all := attack.Vectors()
	sorted := slices.Sorted(slices.Values(all))
	if len(slices.Compact(sorted)) != len(all) || len(all) < 500 {
		t.Errorf("%d vectors, %d of them different", len(all), len(slices.Compact(sorted)))
	}
	for _, vector := range all {
		body, fields, err := attack.Card("acme/hostile", vector)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := card.ReadJSON(body); err != nil || fields < 100 {
			t.Errorf("%q in %d fields: %v", vector, fields, err)
		}
	}
	t.Logf("%d vectors", len(all))
}
