package api

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/check"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
)

const (
	typeJSON  = "application/json"
	typeSARIF = "application/sarif+json"
)

// validateDocument answers 200 with a report whether or not the card passes.
func (s *Server) validateDocument(w http.ResponseWriter, r *http.Request) {
	mediaType, err := reportType(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	options, err := checkOptions(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	input, err := readInput(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out, err := s.o.Generator.Validate(r.Context(), input, options)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Accept")
	if mediaType == typeSARIF {
		s.writeSARIF(w, r, out, options)
		return
	}
	writeJSON(w, http.StatusOK, out)
}

func (s *Server) writeSARIF(w http.ResponseWriter, r *http.Request, out generator.Validation, o check.Options) {
	report := check.Report{Tool: "mcg", Version: s.o.Health.Version, Packs: o.Packs, Policy: o.Policy, Results: []check.Result{out.Result}}
	var body bytes.Buffer
	if err := report.WriteSARIF(&body); err != nil {
		s.fail(w, r, err)
		return
	}
	writeBytes(w, http.StatusOK, typeSARIF, body.Bytes())
}

// reportType is the media type of the report that Accept asks for.
func reportType(r *http.Request) (string, error) {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return typeJSON, nil
	}
	asJSON, _ := qualityOf(accept, typeJSON)
	asSARIF, named := qualityOf(accept, typeSARIF)
	switch {
	case named && asSARIF > 0 && asSARIF >= asJSON:
		return typeSARIF, nil
	case asJSON > 0:
		return typeJSON, nil
	}
	return "", problem(http.StatusNotAcceptable, "not_acceptable", "the report can be "+typeJSON+" or "+typeSARIF)
}

// checkOptions are what the parameters of a validation ask for.
func checkOptions(r *http.Request) (check.Options, error) {
	query := queryOf(r)
	packs, err := check.SelectPacks(packNames(query["rules"])...)
	if err != nil {
		return check.Options{}, err
	}
	o := check.Options{Packs: packs, Policy: check.Policy{FailOn: check.Severity(query.Get("fail_on"))}}
	if o.Policy.FailOn == "" {
		o.Policy.FailOn = check.Error
	}
	if text := query.Get("min_score"); text != "" {
		if o.Policy.MinScore, err = strconv.ParseFloat(text, 64); err != nil {
			return check.Options{}, problem(http.StatusBadRequest, "invalid_request", "min_score is not a number")
		}
	}
	if err := o.Policy.Validate(); err != nil {
		return check.Options{}, problem(http.StatusBadRequest, "invalid_request", strings.TrimPrefix(err.Error(), "check: "))
	}
	return o, nil
}

// packNames takes lists such as schema,quality apart; the parameter may also
// be repeated.
func packNames(values []string) []string {
	var names []string
	for _, value := range values {
		for name := range strings.SplitSeq(value, ",") {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// refusedProblem has what fails the card among its errors, and the whole
// report beside them.
func refusedProblem(refused *generator.RefusedError) *Problem {
	p := problem(http.StatusUnprocessableEntity, "check_failed", refused.Error())
	p.Report, p.Errors = &refused.Validation, refused.Errors()
	return p
}

func (s *Server) listRules(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, struct {
		Items []check.Pack `json:"items"`
	}{check.Packs()})
}

// boolParam is a parameter that is true or false, and false if it is not given.
func boolParam(r *http.Request, name string) (bool, error) {
	text := queryOf(r).Get(name)
	if text == "" {
		return false, nil
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		return false, problem(http.StatusBadRequest, "invalid_request", name+" is neither true nor false")
	}
	return value, nil
}
