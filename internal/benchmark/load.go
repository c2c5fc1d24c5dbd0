package benchmark

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// maxAnswer bounds what is read of one answer, in bytes.
const maxAnswer = 32 << 20

// runner sends the requests of one run.
type runner struct {
	o      Options
	client *http.Client
	number atomic.Int64 // of the last document
}

// operation is a request that can be repeated.
type operation struct {
	name, method, url string
	body              func() []byte // nil for none
}

// view reads the card as a page, which is what a portal does most.
func (r *runner) view() operation {
	return operation{"view", http.MethodGet, r.o.Server + "/v1/cards/" + r.o.Card + "?format=html", nil}
}

// generate stores a revision, and is answered with the card.
func (r *runner) generate() operation {
	return operation{"generate", http.MethodPost, r.o.Server + "/v1/cards?format=huggingface&id=" + url.QueryEscape(r.o.Card), r.document}
}

// validate checks the document against the default packs.
func (r *runner) validate() operation {
	return operation{"validate", http.MethodPost, r.o.Server + "/v1/validate", r.document}
}

// document is the next one, which no request had before.
func (r *runner) document() []byte {
	number := strconv.FormatInt(r.o.Now().UnixNano(), 36) + "." + strconv.FormatInt(r.number.Add(1), 10)
	return bytes.ReplaceAll(r.o.Document, []byte(Revision), []byte(number))
}

// remove deletes the card. That it fails is no matter of what was measured.
func (r *runner) remove(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, _ = r.once(ctx, operation{"remove", http.MethodDelete, r.o.Server + "/v1/cards/" + r.o.Card, nil})
}

// load sends requests for a while, from all clients at once; each sends its
// next when the last is answered.
func (r *runner) load(ctx context.Context, op operation, d time.Duration) samples {
	start := r.o.Now()
	end := start.Add(d)
	seen := make([]samples, r.o.Clients)
	var clients sync.WaitGroup
	for i := range seen {
		clients.Go(func() { seen[i] = r.repeat(ctx, op, end) })
	}
	clients.Wait()
	all := samples{elapsed: r.o.Now().Sub(start)}
	for _, s := range seen {
		all.merge(s)
	}
	return all
}

func (r *runner) repeat(ctx context.Context, op operation, end time.Time) samples {
	var s samples
	for start := r.o.Now(); start.Before(end) && ctx.Err() == nil; {
		got, err := r.once(ctx, op)
		now := r.o.Now()
		switch {
		case err == nil:
			s.took, s.bytes = append(s.took, now.Sub(start)), int64(len(got.body))
		case ctx.Err() == nil:
			s.fail(err)
		}
		start = now
	}
	return s
}

// answer is a response that was read to its end.
type answer struct {
	mediaType string
	body      []byte
}

// once sends one request; an answer that is no success is an error.
func (r *runner) once(ctx context.Context, op operation) (answer, error) {
	var body io.Reader = http.NoBody
	if op.body != nil {
		body = bytes.NewReader(op.body())
	}
	request, err := http.NewRequestWithContext(ctx, op.method, op.url, body)
	if err != nil {
		return answer{}, err
	}
	for name, values := range r.o.Header {
		request.Header[name] = values
	}
	if op.body != nil {
		request.Header.Set("Content-Type", "application/yaml")
	}
	response, err := r.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return answer{}, fmt.Errorf("%s %s: %s: %.200s", op.method, request.URL.Path, response.Status, text)
	}
	return answer{response.Header.Get("Content-Type"), text}, nil
}

// startFloor serves an answer from this process, and does nothing else.
func startFloor(ctx context.Context, a answer) (address string, stop func(), err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // it is ours
		w.Header().Set("Content-Type", a.mediaType)
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		_, _ = w.Write(a.body)
	})}
	go func() { _ = server.Serve(listener) }() // ends with Close
	return "http://" + listener.Addr().String() + "/", func() { _ = server.Close() }, nil
}
