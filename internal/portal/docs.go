package portal

import "net/http"

// docsPolicy lets swagger-ui run: its own script and style sheet, pictures that
// are in the style sheet, and calls of this service.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Docs is the reference of the API, made of its OpenAPI document in the browser.
func (p *Portal) Docs(w http.ResponseWriter, r *http.Request, v Visitor) error {
	w.Header().Set("Content-Security-Policy", docsPolicy)
	return p.write(w, r, v, http.StatusOK, "docs.html", "API reference", nil)
}
