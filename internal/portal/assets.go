package portal

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

//go:embed assets/portal.css assets/docs.css assets/icon.svg assets/docs.js assets/edit.js assets/swagger-ui/swagger-ui-bundle.js assets/swagger-ui/swagger-ui.css
var assetFiles embed.FS

// asset is a file that pages ask for, by an address that changes with it.
type asset struct {
	path      string
	mediaType string
	body      []byte
	zipped    func() []byte
}

// assets are the files by their names.
func assets() map[string]asset {
	types := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	files := map[string]asset{}
	for _, name := range []string{"portal.css", "docs.css", "icon.svg", "docs.js", "edit.js", "swagger-ui/swagger-ui-bundle.js", "swagger-ui/swagger-ui.css"} {
		body, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		sum := sha256.Sum256(body)
		ending := path.Ext(name)
		base := strings.TrimSuffix(path.Base(name), ending)
		files[path.Base(name)] = asset{
			path: "/assets/" + base + "." + hex.EncodeToString(sum[:8]) + ending, mediaType: types[ending], body: body,
			zipped: sync.OnceValue(func() []byte { return zip(body) }),
		}
	}
	return files
}

func zip(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is one of gzip's
	}
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

// Asset answers one of the files. An old address is not found, rather than
// answered with what the page did not ask for.
func (p *Portal) Asset(w http.ResponseWriter, r *http.Request, _ Visitor) error {
	wanted := "/assets/" + chi.URLParam(r, "file")
	for _, a := range p.files {
		if a.path == wanted {
			a.write(w, r)
			return nil
		}
	}
	return store.ErrNotFound
}

func (a asset) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.mediaType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := a.body
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body = a.zipped()
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}
