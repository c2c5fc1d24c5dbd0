package portal

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// badge is a small picture for a README. All its texts are of a fixed set, so
// that nothing of a card is in it.
type badge struct {
	Label, Text, Color         string
	LabelWidth, MessageWidth   int
	Width                      int
	LabelMiddle, TextMiddle    int
	LabelLength, MessageLength int
}

// Colours of badges: white text has a contrast of at least 4.5 on each.
const (
	green = "#1a7f37"
	amber = "#8a5a00"
	red   = "#b42318"
	grey  = "#57606a"
)

// Badge is the badge of a card: its completeness, or with ?show=status whether
// it passes the checks.
func (p *Portal) Badge(w http.ResponseWriter, r *http.Request, v Visitor) error {
	id, ok := idOf(r), false
	if id.Name, ok = strings.CutSuffix(id.Name, ".svg"); !ok { // the router can't: a name may have dots
		return store.ErrNotFound
	}
	head, err := p.o.Store.Head(r.Context(), v.Scope, id)
	if err != nil {
		return err
	}
	verdict := p.verdictAt(r.Context(), v.Scope, head)
	b := completenessBadge(verdict)
	if r.URL.Query().Get("show") == "status" {
		b = statusBadge(verdict)
	}
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "private, max-age=300")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // a README is on another site
	return p.pages.ExecuteTemplate(w, "badge.html", b)
}

func completenessBadge(v verdict) badge {
	color := red
	switch {
	case !v.Known:
		return newBadge("model card", v.Label(), grey)
	case v.Score >= 80:
		color = green
	case v.Score >= 50:
		color = amber
	}
	return newBadge("model card", strconv.Itoa(v.Score)+" %", color)
}

func statusBadge(v verdict) badge {
	color := red
	switch {
	case !v.Known:
		color = grey
	case v.Valid:
		color = green
	}
	return newBadge("model card checks", v.Label(), color)
}

// newBadge measures a badge by an average width of characters; textLength makes
// every font fit.
func newBadge(label, text, color string) badge {
	const character, margin = 7, 12
	l, m := len(label)*character, len(text)*character
	b := badge{Label: label, Text: text, Color: color, LabelWidth: l + margin, MessageWidth: m + margin, Width: l + m + 2*margin, LabelLength: l, MessageLength: m}
	b.LabelMiddle, b.TextMiddle = b.LabelWidth/2, b.LabelWidth+(m+margin)/2
	return b
}
