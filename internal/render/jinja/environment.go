package jinja

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/nikolalohinski/gonja/v2/builtins"
	"github.com/nikolalohinski/gonja/v2/exec"
)

// newEnvironment is the engine's own environment without what would make the
// output depend on chance (random, lipsum, dict in the order of a Go map) and
// with a range that ends.
func newEnvironment() *exec.Environment {
	methods := builtins.Methods
	methods.Dict = dictMethods()
	return &exec.Environment{
		Filters:           exec.NewFilterSet(map[string]exec.FilterFunction{}).Update(builtins.Filters).Update(ownFilters()),
		Tests:             builtins.Tests,
		ControlStructures: builtins.ControlStructures,
		Methods:           methods,
		Context: exec.EmptyContext().Update(builtins.GlobalFunctions).Update(builtins.GlobalVariables).Update(exec.NewContext(map[string]any{
			"range":  boundedRange,
			"dict":   sortedDict,
			"lipsum": nil,
		})),
	}
}

var errChance = errors.New("random is not allowed: the same card gives the same text")

// ownFilters are filters that stand in for the engine's own.
func ownFilters() *exec.FilterSet {
	return exec.NewFilterSet(map[string]exec.FilterFunction{
		"random": func(*exec.Evaluator, *exec.Value, *exec.VarArgs) *exec.Value { return exec.AsValue(errChance) },
		"items": func(_ *exec.Evaluator, in *exec.Value, _ *exec.VarArgs) *exec.Value {
			if in.IsError() {
				return in
			}
			return exec.AsValue(eachPair(in, pairItem))
		},
	})
}

var errRange = errors.New("range() takes one to three integers, the step not 0")

// boundedRange is Python's range for at most [MaxRange] numbers, which is
// also the limit of Jinja2's own sandbox.
func boundedRange(_ *exec.Evaluator, params *exec.VarArgs) ([]int, error) {
	arguments := make([]int, len(params.Args))
	for i, a := range params.Args {
		if !a.IsInteger() {
			return nil, errRange
		}
		arguments[i] = a.Integer()
	}
	start, stop, step := 0, 0, 1
	switch len(arguments) {
	case 1:
		stop = arguments[0]
	case 2:
		start, stop = arguments[0], arguments[1]
	case 3:
		start, stop, step = arguments[0], arguments[1], arguments[2]
	default:
		return nil, errRange
	}
	return numbers(start, stop, step)
}

func numbers(start, stop, step int) ([]int, error) {
	if step == 0 {
		return nil, errRange
	}
	var list []int
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		if len(list) == MaxRange {
			return nil, fmt.Errorf("range() gives at most %d numbers", MaxRange)
		}
		list = append(list, i)
	}
	return list, nil
}

// sortedDict is dict() with its keys in order: the engine does not keep the
// order of keyword arguments.
func sortedDict(_ *exec.Evaluator, params *exec.VarArgs) *exec.Value {
	d := exec.NewDict()
	for _, key := range slices.Sorted(maps.Keys(params.KwArgs)) {
		d.Pairs = append(d.Pairs, &exec.Pair{Key: exec.AsValue(key), Value: params.KwArgs[key]})
	}
	return exec.AsValue(d)
}

// dictMethods are the methods of a mapping, in the order of its keys; the
// engine's own sort them.
func dictMethods() *exec.MethodSet[map[string]any] {
	type method = exec.Method[map[string]any]
	each := func(item func(key, value any) any) method {
		return func(_ map[string]any, self *exec.Value, arguments *exec.VarArgs) (any, error) {
			if err := arguments.Take(); err != nil {
				return nil, exec.ErrInvalidCall(err)
			}
			return eachPair(self, item), nil
		}
	}
	methods := map[string]method{
		"keys":   each(func(key, _ any) any { return key }),
		"values": each(func(_, value any) any { return value }),
		"items":  each(pairItem),
	}
	if get, ok := builtins.Methods.Dict.Get("get"); ok {
		methods["get"] = get
	}
	return exec.NewMethodSet(methods)
}

func pairItem(key, value any) any { return list{key, value} }

// eachPair makes a list of the pairs of a mapping: in their own order, or
// sorted for what the template itself has made as a Go map.
func eachPair(mapping *exec.Value, item func(key, value any) any) list {
	items := list{}
	switch m := mapping.Interface().(type) {
	case *exec.Dict:
		for _, pair := range m.Pairs {
			items = append(items, item(pair.Key.Interface(), valueOf(pair.Value)))
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(m)) {
			items = append(items, item(key, m[key]))
		}
	}
	return items
}
