package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/cache"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// resource is the answer that is not a rendered document: the card resource
// in JSON.
const resource = ""

// acceptable is what Accept can choose, in the order in which a tie is decided.
var acceptable = []struct{ mediaType, format string }{
	{"text/markdown", "huggingface"},
	{"text/html", "html"},
	{"application/json", resource},
	{"application/yaml", "yaml"},
	{"application/ld+json", "jsonld"},
	{"application/vnd.cyclonedx+json", "cyclonedx"},
}

// wanted is what a request asks to be answered about a card.
type wanted struct {
	format string
	losses bool // what the format has no place for, and not the card in it
}

func (s *Server) wantedBy(r *http.Request, fallback string) (wanted, error) {
	losses, err := boolParam(r, "losses")
	if err != nil {
		return wanted{}, err
	}
	format, err := s.formatOf(r, fallback)
	return wanted{format, losses}, err
}

// formatOf is the format that a request asks for, by ?format= or by Accept;
// fallback is for requests that do not care.
func (s *Server) formatOf(r *http.Request, fallback string) (string, error) {
	if name := queryOf(r).Get("format"); name != "" {
		f, err := s.o.Formats.Lookup(name)
		return f.Name, err
	}
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return fallback, nil
	}
	best, quality := "", 0.0
	found := false
	for _, a := range acceptable {
		q, exact := qualityOf(accept, a.mediaType)
		if !exact && a.format != fallback {
			q -= 0.0005 // a wildcard leaves the choice to us
		}
		if q > quality {
			best, quality, found = a.format, q, true
		}
	}
	if !found {
		return "", problem(http.StatusNotAcceptable, "not_acceptable", "the answer can be text/markdown, text/html, application/json, application/yaml, application/ld+json or application/vnd.cyclonedx+json, or any ?format= of /v1/formats")
	}
	return best, nil
}

// qualityOf is the weight that an Accept header (RFC 9110, section 12.5.1)
// gives a media type; exact is true where it names the type itself.
func qualityOf(accept, mediaType string) (q float64, exact bool) {
	specificity := -1
	for part := range strings.SplitSeq(accept, ",") {
		name, weight, ok := mediaRange(part)
		if !ok {
			continue
		}
		match := matchSpecificity(name, mediaType)
		if match <= specificity {
			continue
		}
		specificity, exact, q = match, match == 2, weight
	}
	return q, exact
}

// mediaRange reads one part of an Accept header. Parameters other than the
// weight do not tell our types apart. mime.ParseMediaType would make a map of
// them for every part and every type that is asked about.
func mediaRange(part string) (name string, weight float64, ok bool) {
	name, params, _ := strings.Cut(part, ";")
	name, weight = strings.ToLower(strings.TrimSpace(name)), 1
	if !strings.Contains(name, "/") || strings.ContainsAny(name, " \t\"") {
		return "", 0, false
	}
	for param := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if !strings.EqualFold(key, "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.Trim(value, `"`), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return "", 0, false
		}
		weight = q
	}
	return name, weight, true
}

func matchSpecificity(pattern, mediaType string) int {
	group, _, _ := strings.Cut(mediaType, "/")
	switch pattern {
	case mediaType:
		return 2
	case group + "/*":
		return 1
	case "*/*":
		return 0
	}
	return -1
}

// encodingOf is the content coding to answer in (RFC 9110, section 12.5.3).
func encodingOf(r *http.Request) cache.Encoding {
	accept := strings.ToLower(strings.Join(r.Header.Values("Accept-Encoding"), ","))
	for _, e := range []cache.Encoding{cache.Zstd, cache.Gzip} {
		for part := range strings.SplitSeq(accept, ",") {
			name, params, _ := strings.Cut(part, ";")
			if strings.TrimSpace(name) == string(e) && strings.ReplaceAll(params, " ", "") != "q=0" {
				return e
			}
		}
	}
	return cache.Identity
}

// etagOf is the entity tag of a revision in a format and an encoding.
func etagOf(revision int64, format string, e cache.Encoding) string {
	if format == resource {
		format = "card"
	}
	tag := strconv.FormatInt(revision, 10) + "-" + format + "-" + render.Version
	if e != cache.Identity {
		tag += "-" + string(e)
	}
	return `"` + tag + `"`
}

// tagOf is what stands for a format in an entity tag: with the digest of a
// template, which may change while the format keeps its name.
func tagOf(f render.Format) string {
	if f.Digest == "" {
		return f.Name
	}
	digest := strings.TrimPrefix(f.Digest, "sha256:")
	return f.Name + "-" + digest[:min(len(digest), 16)]
}

// revisionOfETag is the revision that an entity tag of ours begins with.
func revisionOfETag(tag string) (int64, bool) {
	tag = strings.Trim(strings.TrimPrefix(strings.TrimSpace(tag), "W/"), `"`)
	number, _, _ := strings.Cut(tag, "-")
	n, err := strconv.ParseInt(number, 10, 64)
	return n, err == nil && n > 0
}

// notModified answers 304 if the client has this entity.
func notModified(w http.ResponseWriter, r *http.Request, etag string) bool {
	for tag := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == etag || tag == "*" {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}
