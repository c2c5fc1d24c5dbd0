package api

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/iotest"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

func TestReadBody(t *testing.T) {
	t.Parallel()
	const limit = 200_000
	for _, size := range []int{0, 1, len(chunk{}) - 1, len(chunk{}), len(chunk{}) + 1, limit} {
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(i * 7)
		}
		for name, body := range map[string]io.Reader{
			"whole": bytes.NewReader(want), "halves": iotest.HalfReader(bytes.NewReader(want)), "data with its end": iotest.DataErrReader(bytes.NewReader(want)),
		} {
			got, err := readBody(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", body), limit)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, %s: %d bytes, %v", size, name, len(got), err)
			}
		}
	}
	var tooLarge *http.MaxBytesError
	_, err := readBody(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(make([]byte, limit+1))), limit)
	if !errors.As(err, &tooLarge) || tooLarge.Limit != limit {
		t.Errorf("one byte too many: %v", err)
	}
	cut := io.MultiReader(bytes.NewReader([]byte("model: {name: x}")), iotest.ErrReader(io.ErrUnexpectedEOF))
	if got, err := readBody(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", cut), limit); !errors.Is(err, errBody) {
		t.Errorf("a body that was cut off is read as %q, %v", got, err)
	}
}

// TestBrokenBodies: a client that stops half-way, or sends what is not HTTP, and
// waits for the answer all the same, has made a mistake of its own.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newServer(t, nil).Handler())
	defer server.Close()
	for name, rest := range map[string]string{
		"too short":        "Content-Length: 100\r\n\r\nmodel: {name: x}",
		"no last chunk":    "Transfer-Encoding: chunked\r\n\r\n10\r\nmodel: {name: x}\r\n",
		"not chunks":       "Transfer-Encoding: chunked\r\n\r\nmodel: {name: x}\r\n",
		"chunk too long":   "Transfer-Encoding: chunked\r\n\r\n5\r\nmodel: {name: x}\r\n0\r\n\r\n",
		"size of a chunk":  "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx\r\n0\r\n\r\n",
		"nothing at all":   "Content-Length: 5\r\n\r\n",
		"chunk of nothing": "Transfer-Encoding: chunked\r\n\r\n\r\n",
	} {
		for _, path := range []string{"/v1/cards", "/v1/render", "/v1/validate", "/v1/batches", "/v1/auth/token"} {
			status := halfClosed(t, server.Listener.Addr().String(), "POST "+path+" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/yaml\r\n"+rest)
			if status < 400 || status >= 500 {
				t.Errorf("%s to %s: %d", name, path, status)
			}
		}
	}
}

// halfClosed sends a request, says that no more comes, and reads the status.
func halfClosed(t *testing.T, address, request string) int {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil { //nolint:errcheck,forcetypeassert // it was dialled as one
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	return answer.StatusCode
}

// A document is cut off at what its type may have.
func TestDocumentLimit(t *testing.T) {
	t.Parallel()
	for mediaType, want := range map[string]int64{render.TypeYAML: card.MaxYAML, render.TypeMarkdown: card.MaxText, render.TypeJSON: card.MaxDocument} {
		if got := documentLimit(mediaType); got != want {
			t.Errorf("%s: %d, want %d", mediaType, got, want)
		}
	}
}
