package card

import "testing"

func TestClosest(t *testing.T) {
	t.Parallel()
	keys := []string{"name", "license", "license_name", "license_link", "tags", "base_model"}
	for word, want := range map[string]string{
		"nmae": "name", "Name": "name", "licence": "license", "licenseName": "license_name", "license-link": "license_link", "basemodel": "base_model", //nolint:misspell // that is the point
		"tag": "tags", "xyz": "", "": "", "completely_different": "", "naem": "name",
	} {
		if got := Closest(word, keys); got != want {
			t.Errorf("Closest(%q) = %q, want %q", word, got, want)
		}
	}
	if got := Closest("ab", []string{"ad", "ac"}); got != "ac" {
		t.Errorf("of two as near, got %q and not the first by name", got)
	}
}

func TestEditDistance(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"abc", "ca", 3}, {"same", "same", 0}} {
		if got := editDistance(tt.a, tt.b); got != tt.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
