// Package hubtest is a stand-in for a Hugging Face Hub with the routes that
// huggingface_hub calls: model info, files with ranges, validation, preupload
// and commit. The real client and ours are tested against the same one.
package hubtest

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the form of a git commit, not a safeguard
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Token is the one token that may write.
const Token = "hf_stand_in"

// Hub is a stand-in. The zero value is not usable; see Start.
type Hub struct {
	// URL is its address.
	URL string

	server *httptest.Server
	mu     sync.Mutex
	repos  map[string]*repo
	calls  []string
}

type repo struct {
	branches map[string]string // name -> commit
	commits  map[string]map[string][]byte
	pulls    int
	tags     []string
}

// Start runs a stand-in until Close.
func Start() *Hub {
	h := &Hub{repos: map[string]*repo{}}
	h.server = httptest.NewServer(h)
	h.URL = h.server.URL
	return h
}

// Close stops it.
func (h *Hub) Close() { h.server.Close() }

// Add makes a model with files and tags, or a commit on its main branch.
func (h *Hub) Add(id string, files map[string][]byte, tags ...string) (commit string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.repos[id]
	if r == nil {
		r = &repo{branches: map[string]string{}, commits: map[string]map[string][]byte{}, tags: tags}
		h.repos[id] = r
	}
	return r.commit("main", r.branches["main"], files)
}

// File is a file of a branch or commit, or nil.
func (h *Hub) File(id, revision, name string) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.repos[id]
	if r == nil {
		return nil
	}
	_, files := r.at(revision)
	return files[name]
}

// Calls are the requests so far, as method and path.
func (h *Hub) Calls() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.calls)
}

func (r *repo) commit(branch, parent string, files map[string][]byte) string {
	all := maps.Clone(r.commits[parent])
	if all == nil {
		all = map[string][]byte{}
	}
	maps.Copy(all, files)
	sum := sha1.Sum([]byte(fmt.Sprint(parent, len(r.commits), files))) //nolint:gosec // as above
	sha := hex.EncodeToString(sum[:])
	r.commits[sha] = all
	r.branches[branch] = sha
	return sha
}

// at is the commit that a branch or commit stands for.
func (r *repo) at(revision string) (sha string, files map[string][]byte) {
	sha = revision
	if head, ok := r.branches[revision]; ok {
		sha = head
	}
	return sha, r.commits[sha]
}

// ServeHTTP answers as the Hub does.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, r.Method+" "+r.URL.EscapedPath())
	path := r.URL.EscapedPath()
	switch {
	case path == "/api/validate-yaml":
		validate(w, r)
	case strings.HasPrefix(path, "/api/models/"):
		h.models(w, r, strings.Split(strings.TrimPrefix(path, "/api/models/"), "/"))
	case strings.Contains(path, "/resolve/"):
		h.resolve(w, r, path)
	default:
		fail(w, http.StatusNotFound, "EntryNotFound", "there is no such route")
	}
}

func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Error-Code", code)
	w.Header().Set("X-Error-Message", message)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": message})
}

// validate refuses a licence that the Hub does not know, as it does.
func validate(w http.ResponseWriter, r *http.Request) {
	var body struct{ RepoType, Content string }
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.RepoType != "model" {
		fail(w, http.StatusBadRequest, "", "bad request")
		return
	}
	errors := []map[string]string{}
	if strings.Contains(body.Content, "license: nonsense") {
		errors = append(errors, map[string]string{"message": `"license" must be one of [apache-2.0, mit, ...]`})
		w.WriteHeader(http.StatusBadRequest)
	}
	answer(w, map[string]any{"errors": errors, "warnings": []string{}})
}

// models answers /api/models/{namespace}/{name}[/verb/revision].
func (h *Hub) models(w http.ResponseWriter, r *http.Request, parts []string) {
	if len(parts) < 2 || h.repos[parts[0]+"/"+parts[1]] == nil {
		fail(w, http.StatusNotFound, "RepoNotFound", "Repository not found")
		return
	}
	id, verb, revision := parts[0]+"/"+parts[1], "revision", "main"
	if len(parts) >= 4 {
		verb = parts[2]
		revision, _ = url.PathUnescape(strings.Join(parts[3:], "/"))
	}
	re := h.repos[id]
	sha, files := re.at(revision)
	switch {
	case files == nil:
		fail(w, http.StatusNotFound, "RevisionNotFound", "Invalid rev id: "+revision)
	case verb == "revision":
		info(w, id, sha, re.tags, files)
	case r.Header.Get("Authorization") != "Bearer "+Token:
		fail(w, http.StatusUnauthorized, "", "Invalid credentials in Authorization header")
	case verb == "preupload":
		preupload(w, r)
	case verb == "commit":
		h.commit(w, r, id, revision)
	default:
		fail(w, http.StatusNotFound, "", "there is no such route")
	}
}

func info(w http.ResponseWriter, id, sha string, tags []string, files map[string][]byte) {
	siblings := []map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		siblings = append(siblings, map[string]string{"rfilename": name})
	}
	answer(w, map[string]any{
		"id": id, "modelId": id, "sha": sha, "tags": tags, "siblings": siblings, "private": false, "gated": false, "disabled": false,
		"pipeline_tag": "text-classification", "library_name": "transformers", "downloads": 0, "likes": 0,
	})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func preupload(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Files []struct {
			Path, Sample string
			Size         int
		}
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		fail(w, http.StatusBadRequest, "", "bad request")
		return
	}
	files := []map[string]any{}
	for _, f := range body.Files {
		files = append(files, map[string]any{"path": f.Path, "uploadMode": "regular", "shouldIgnore": f.Path == "ignored", "oid": nil})
	}
	answer(w, map[string]any{"files": files})
}

// commit takes a header and files, one JSON object a line.
func (h *Hub) commit(w http.ResponseWriter, r *http.Request, id, branch string) {
	re := h.repos[id]
	parent, _ := re.at(branch)
	files := map[string][]byte{}
	for lines := json.NewDecoder(r.Body); lines.More(); {
		var line struct {
			Key   string
			Value struct{ Summary, ParentCommit, Path, Content, Encoding string }
		}
		if lines.Decode(&line) != nil {
			fail(w, http.StatusBadRequest, "", "bad request")
			return
		}
		switch {
		case line.Key == "header" && line.Value.ParentCommit != "" && line.Value.ParentCommit != parent:
			fail(w, http.StatusPreconditionFailed, "", "A commit has happened since. Please refresh and try again.")
			return
		case line.Key == "file":
			files[line.Value.Path], _ = base64.StdEncoding.DecodeString(line.Value.Content)
		}
	}
	done := map[string]any{"success": true, "hookOutput": ""}
	if r.URL.Query().Get("create_pr") == "1" {
		re.pulls++
		branch = fmt.Sprintf("refs/pr/%d", re.pulls)
		done["pullRequestUrl"] = fmt.Sprintf("%s/%s/discussions/%d", h.URL, id, re.pulls)
	}
	sha := re.commit(branch, parent, files)
	done["commitOid"], done["commitUrl"] = sha, h.URL+"/"+id+"/commit/"+sha
	answer(w, done)
}

// resolve answers /{namespace}/{name}/resolve/{revision}/{file}, with ranges.
func (h *Hub) resolve(w http.ResponseWriter, r *http.Request, path string) {
	id, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/resolve/")
	revision, name, _ := strings.Cut(rest, "/")
	revision, _ = url.PathUnescape(revision)
	re := h.repos[id]
	if re == nil {
		fail(w, http.StatusNotFound, "RepoNotFound", "Repository not found")
		return
	}
	sha, files := re.at(revision)
	content, ok := files[name]
	if !ok {
		fail(w, http.StatusNotFound, "EntryNotFound", "Entry not found")
		return
	}
	sum := sha1.Sum(content) //nolint:gosec // as above
	w.Header().Set("X-Repo-Commit", sha)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}
