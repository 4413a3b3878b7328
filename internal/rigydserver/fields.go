package rigydserver

import (
	"math"
	"slices"
	"strconv"

	"simdrop/internal/engine"
)

// maxEcho bounds a field's text in answers, which come with every poll.
const maxEcho = 4096

// units are the values of the field that only the local engine knows.
var units = []string{"mm", "cm", "m", "in"}

// parameters checks the documented fields and returns what a job echoes: known
// fields with their type, others as they came.
func parameters(fields map[string]string, client string) (map[string]any, error) {
	echo := map[string]any{}
	for name, text := range fields {
		v, err := fieldValue(name, text)
		if err != nil {
			return nil, err
		}
		echo[name] = v
	}
	if client != "" {
		echo["client"] = clip(client)
	}
	return echo, nil
}

func fieldValue(name, text string) (any, error) {
	switch name {
	case "target_triangle_count":
		return whole(name, text, 1000, 1000000)
	case "face_limit":
		return whole(name, text, 1, math.MaxInt32)
	case "threshold":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || f < 0 {
			return nil, refuse(400, "threshold must be a number that is not negative")
		}
		return f, nil
	case "skip_validation", "optimize":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, refuse(400, "%s must be true or false", name)
		}
		return b, nil
	case "units":
		if text != "" && !slices.Contains(units, text) {
			return nil, refuse(400, "units must be one of: mm, cm, m, in")
		}
	}
	return clip(text), nil
}

func whole(name, text string, low, high int) (any, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return nil, refuse(400, "%s must be an integer between %d and %d", name, low, high)
	}
	return n, nil
}

func clip(s string) string {
	if len(s) > maxEcho {
		return s[:maxEcho]
	}
	return s
}

// engineOptions turns checked fields into what the engine understands. What it
// does not apply goes along, so that its report can say so.
func engineOptions(fields map[string]string) engine.Options {
	o := engine.Options{Units: fields["units"], Echo: map[string]string{}}
	o.TargetTriangles, _ = strconv.Atoi(fields["target_triangle_count"]) // checked on arrival; absent is 0
	for name, text := range fields {
		if name != "units" && name != "target_triangle_count" {
			o.Echo[name] = text
		}
	}
	return o
}
