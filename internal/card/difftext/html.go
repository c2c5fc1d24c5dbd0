package difftext

import (
	_ "embed"
	"html/template"
	"io"
	"sync"
)

//go:embed page.html
var pageText string

var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("diff").Parse(pageText))
})

// WriteHTML writes the changes as a page that needs nothing from elsewhere and
// runs no script.
func WriteHTML(w io.Writer, c Comparison) error {
	return page().Execute(w, struct {
		From, To string
		Fields   []Field
	}{oneLine(c.From), oneLine(c.To), Fields(c.Changes)})
}
