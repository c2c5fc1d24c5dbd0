package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/terragonlabs/modelcard-generator/api/client"
)

const (
	// maxEvent bounds one line of an event stream, in bytes.
	maxEvent = 1 << 20
	// streamSilence is how long a stream may say nothing: a heartbeat comes every
	// ten seconds.
	streamSilence = 45 * time.Second
	// streamTries is how often in a row a stream may end without an event.
	streamTries = 20
)

// errNoEnd says that a stream stopped before its batch did.
var errNoEnd = errors.New("the stream of events broke off")

// follower reads a batch's events, and goes on where a stream broke off.
type follower struct {
	push  *pushing
	batch string
	last  string // identifier of the last event that was read
}

// follow returns the batch when it has ended.
func (f *follower) follow(ctx context.Context) (client.Batch, error) {
	for silent := 0; ; {
		before := f.last
		batch, err := f.stream(ctx)
		switch {
		case err == nil:
			return batch, nil
		case ctx.Err() != nil || !errors.Is(err, errNoEnd):
			return batch, err
		}
		if silent++; f.last != before {
			silent = 0
		}
		if silent == streamTries {
			return batch, dependency(err)
		}
		select {
		case <-ctx.Done():
			return batch, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// stream reads one stream.
func (f *follower) stream(ctx context.Context) (client.Batch, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	params := &client.StreamBatchEventsParams{}
	if f.last != "" {
		params.LastEventID = &f.last
	}
	response, err := ask(ctx, func() (*http.Response, error) { return f.push.service.StreamBatchEvents(ctx, f.batch, params) })
	if err != nil {
		return client.Batch{}, err
	}
	defer func() { _ = response.Body.Close() }()
	silence := time.AfterFunc(streamSilence, cancel)
	defer silence.Stop()
	return f.read(response.Body, func() { silence.Reset(streamSilence) })
}

// read reads events (HTML standard, section 9.2.6) up to the end of the batch.
func (f *follower) read(stream io.Reader, heard func()) (client.Batch, error) {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, maxEvent)
	var id, name, data string
	for lines.Scan() {
		heard()
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			batch, ended, err := f.event(name, data)
			if err != nil || ended {
				return batch, err
			}
			if id != "" {
				f.last = id
			}
			id, name, data = "", "", ""
		case field == "id":
			id = value
		case field == "event":
			name = value
		case field == "data":
			data += value
		}
	}
	return client.Batch{}, errNoEnd
}

func (f *follower) event(name, data string) (batch client.Batch, ended bool, err error) {
	switch name {
	case "item":
		var item client.BatchItem
		if err = json.Unmarshal([]byte(data), &item); err == nil {
			f.push.settled(item)
		}
	case "end":
		err, ended = json.Unmarshal([]byte(data), &batch), true
	}
	if err != nil {
		err = dependency(fmt.Errorf("an event of the service: %w", err))
	}
	if err == nil && ended && batch.Status == client.BatchStatusCancelled {
		err = dependency(fmt.Errorf("batch %s was cancelled: %d of %d stored", batch.ID, batch.Succeeded, batch.Total))
	}
	return batch, ended, err
}
