package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/integration/remote"
)

// modelFile is where the server has the MLmodel file of a model: with its
// signature, and the libraries that load it.
type modelFile struct {
	path  string
	query url.Values
}

func (v modelVersion) modelFile() modelFile {
	return modelFile{"/model-versions/get-artifact", url.Values{"name": {v.Name}, "version": {v.Version}, "path": {"MLmodel"}}}
}

// modelFile is that of the last model that the run has logged. MLflow 3 says so
// in the run's outputs, MLflow 2 in a tag.
func (r *run) modelFile() modelFile {
	if n := len(r.Outputs.Models); n > 0 {
		id := url.PathEscape(r.Outputs.Models[n-1].ModelID)
		return modelFile{"/ajax-api/2.0/mlflow/logged-models/" + id + "/artifacts/files", url.Values{"artifact_file_path": {"MLmodel"}}}
	}
	var logged []struct {
		Path string `json:"artifact_path"`
	}
	if json.Unmarshal([]byte(r.Data.Tags.get("mlflow.log-model.history")), &logged) != nil || len(logged) == 0 {
		return modelFile{}
	}
	return modelFile{"/get-artifact", url.Values{"run_uuid": {r.Info.RunID}, "path": {logged[len(logged)-1].Path + "/MLmodel"}}}
}

// readModelFile reads what the MLmodel file says. A model without one, or whose
// files the server cannot reach, only lacks a signature.
func (c *Client) readModelFile(ctx context.Context, f modelFile, r *integration.Reading) error {
	if f.path == "" {
		return nil
	}
	answer, err := c.remote.Do(ctx, remote.Request{Method: http.MethodGet, Path: f.path, Query: f.query})
	if err != nil {
		var failed *remote.Error
		if errors.As(err, &failed) && failed.Status > 0 {
			r.AddNote("/MLmodel", failed.Detail)
			return nil
		}
		return err
	}
	value, _ := card.ReadValueYAML(answer.Body) // what is no YAML is no mapping either
	m, ok := value.(*card.Map)
	if !ok {
		r.AddNote("/MLmodel", "it is not a mapping in YAML")
		return nil
	}
	readModelMap(m, r)
	return nil
}

// libraries are the names that the Hub has for MLflow's flavors.
var libraries = map[string]string{
	"sklearn": "sklearn", "transformers": "transformers", "pytorch": "pytorch", "keras": "keras", "tensorflow": "tf-keras",
	"sentence_transformers": "sentence-transformers", "spacy": "spacy", "xgboost": "xgboost", "lightgbm": "lightgbm",
	"catboost": "catboost", "onnx": "onnx", "diffusers": "diffusers",
}

func readModelMap(m *card.Map, r *integration.Reading) {
	if r.Values.Technical == nil {
		r.Values.Technical = &card.Technical{}
	}
	t := r.Values.Technical
	flavors, _ := m.Get("flavors")
	if list, ok := flavors.(*card.Map); ok {
		readFlavors(list, r)
	}
	signature, _ := m.Get("signature")
	if s, ok := signature.(*card.Map); ok {
		t.Inputs, t.Outputs = ports(s, "inputs"), ports(s, "outputs")
	}
}

func readFlavors(list *card.Map, r *integration.Reading) {
	var software []string
	for _, e := range list.Entries {
		library, known := libraries[e.Key]
		if known && r.Values.Model.LibraryName == "" {
			r.Values.Model.LibraryName = library
		}
		options, _ := e.Value.(*card.Map)
		for _, key := range []string{e.Key + "_version", strings.TrimSuffix(e.Key, "_function") + "_version"} {
			if v, ok := options.Get(key); ok {
				software = append(software, code(strings.TrimSuffix(key, "_version"))+" "+code(card.Text(v)))
				break
			}
		}
	}
	r.Values.Technical.Software = strings.Join(software, ", ")
}

// ports reads one side of a signature, which MLflow keeps as JSON in a text.
func ports(signature *card.Map, side string) []card.Port {
	const most = 200
	text, _ := signature.Get(side)
	s, _ := text.(string)
	var columns []struct {
		Type       string          `json:"type"`
		Name       string          `json:"name"`
		Required   *bool           `json:"required"`
		TensorSpec *tensorSpec     `json:"tensor-spec"`
		Items      json.RawMessage `json:"items"`
	}
	if json.Unmarshal([]byte(s), &columns) != nil {
		return nil
	}
	var list []card.Port
	for _, column := range columns[:min(len(columns), most)] {
		port := card.Port{Format: column.Type, Name: column.Name}
		if column.TensorSpec != nil {
			port.Format = fmt.Sprintf("tensor of %s, shape %v", code(column.TensorSpec.Dtype), column.TensorSpec.Shape)
		}
		if column.Required != nil && !*column.Required {
			port.Description = "optional"
		}
		list = append(list, port)
	}
	return list
}

type tensorSpec struct {
	Dtype string        `json:"dtype"`
	Shape []int64OrText `json:"shape"`
}
