package mlflow

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/integration"
)

// int64s come as numbers from some servers and as texts from others, as the
// JSON of protocol buffers has them.
type int64OrText int64

func (i *int64OrText) UnmarshalJSON(text []byte) error {
	s := strings.Trim(string(text), `"`)
	if s == "" || s == "null" {
		*i = 0
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f, floatErr := strconv.ParseFloat(s, 64)
		if floatErr != nil || f != float64(int64(f)) {
			return err
		}
		n = int64(f)
	}
	*i = int64OrText(n)
	return nil
}

// pair is a tag or a parameter.
type pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type pairs []pair

func (p pairs) get(key string) string {
	if i := slices.IndexFunc(p, func(t pair) bool { return t.Key == key }); i >= 0 {
		return p[i].Value
	}
	return ""
}

func (p pairs) has(key string) bool {
	return slices.ContainsFunc(p, func(t pair) bool { return t.Key == key })
}

type metric struct {
	Key       string          `json:"key"`
	Value     json.RawMessage `json:"value"`
	Step      int64OrText     `json:"step"`
	Timestamp int64OrText     `json:"timestamp"`
	Dataset   string          `json:"dataset_name"`
}

// maxFloat is what servers on SQL databases store for an infinity.
const maxFloat = "1.7976931348623157e+308"

// value is the metric's value; absent is 0, which protocol buffers leave out.
func (m *metric) value() (any, bool) {
	if len(m.Value) == 0 {
		return integration.ParseMetric([]byte("0.0"))
	}
	v, ok := integration.ParseMetric(m.Value)
	switch text := strings.Trim(string(m.Value), `"`); strings.ToLower(text) {
	case maxFloat, "1.7976931348623157e308":
		return "Infinity", true
	case "-" + maxFloat, "-1.7976931348623157e308":
		return "-Infinity", true
	}
	return v, ok
}

type run struct {
	Info struct {
		RunID        string      `json:"run_id"`
		Name         string      `json:"run_name"`
		ExperimentID string      `json:"experiment_id"`
		Status       string      `json:"status"`
		StartTime    int64OrText `json:"start_time"`
		EndTime      int64OrText `json:"end_time"`
		ArtifactURI  string      `json:"artifact_uri"`
	} `json:"info"`
	Data struct {
		Metrics []metric `json:"metrics"`
		Params  pairs    `json:"params"`
		Tags    pairs    `json:"tags"`
	} `json:"data"`
	Inputs struct {
		Datasets []struct {
			Tags    pairs `json:"tags"`
			Dataset struct {
				Name       string `json:"name"`
				Digest     string `json:"digest"`
				SourceType string `json:"source_type"`
				Source     string `json:"source"`
				Profile    string `json:"profile"`
			} `json:"dataset"`
		} `json:"dataset_inputs"`
	} `json:"inputs"`
	Outputs struct {
		Models []struct {
			ModelID string `json:"model_id"`
		} `json:"model_outputs"`
	} `json:"outputs"`
}

type modelVersion struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Description string `json:"description"`
	RunID       string `json:"run_id"`
	ModelID     string `json:"model_id"`
	Source      string `json:"source"`
	Tags        pairs  `json:"tags"`
}

// UnmarshalJSON takes the version as a number too.
func (v *modelVersion) UnmarshalJSON(text []byte) error {
	type plain modelVersion
	var loose struct {
		plain
		Version json.RawMessage `json:"version"`
	}
	if err := json.Unmarshal(text, &loose); err != nil {
		return err
	}
	*v = modelVersion(loose.plain)
	v.Version = strings.Trim(string(loose.Version), `"`)
	return nil
}

func (v modelVersion) tags() pairs { return v.Tags }

type loggedModel struct {
	Model struct {
		Info struct {
			Name string `json:"name"`
			Tags pairs  `json:"tags"`
		} `json:"info"`
		Data struct {
			Params  pairs    `json:"params"`
			Metrics []metric `json:"metrics"`
		} `json:"data"`
	} `json:"model"`
}
