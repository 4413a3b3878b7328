package daemon

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"simdrop/internal/asset"
	"simdrop/internal/config"
)

// fields turns the conversion options that change what a provider makes of an
// asset of this kind into its own form fields. They are part of the job's key, so
// a value that is not set is absent, and nothing here depends on order.
func fields(c config.Convert, typ string, kind asset.Kind) map[string]string {
	f := make(map[string]string)
	number := func(name string, n int) {
		if n != 0 {
			f[name] = strconv.Itoa(n)
		}
	}
	text := func(name, s string) {
		if s != "" {
			f[name] = s
		}
	}
	switch kind {
	case asset.Models:
		number("target_triangle_count", c.TargetTriangleCount)
		if typ == config.Local {
			text("units", c.Units)
		}
	case asset.Images, asset.Prompts:
		number("face_limit", c.FaceLimit)
		text("model_version", c.ModelVersion)
	}
	if c.Threshold != nil {
		text("threshold", strconv.FormatFloat(*c.Threshold, 'g', -1, 64))
	}
	text("llm_provider", c.LLMProvider)
	if c.SkipValidation {
		text("skip_validation", "true")
	}
	return f
}

// scene is what to simulate once the asset is converted, empty for nothing.
func scene(c config.Convert) string {
	if c.Simulate == "none" {
		return ""
	}
	return c.Simulate
}

// kindOf is the kind of asset that a primary's name states.
func kindOf(path string) asset.Kind {
	_, kind, _ := asset.FormatOf(path)
	return kind
}

// account names who pays, for job keys: the type, the normalised base URL and the
// account's configured name. Never the key, which changes; nor the local engine's
// address, which is another one at each start.
func account(p config.Provider) string {
	a := p.Type
	if p.Type != config.Local {
		a += " " + p.BaseURL
	}
	if p.Account != "" {
		a += " " + p.Account
	}
	return a
}

// defaultProvider is the provider for assets outside all watched folders: the one
// that all of them use, else the default of a watched folder, else the only one
// there is.
func defaultProvider(c *config.Config) (string, error) {
	var used []string
	for _, w := range c.Watch {
		used = append(used, w.Provider)
	}
	slices.Sort(used)
	if used = slices.Compact(used); len(used) == 1 {
		return used[0], nil
	}
	name := config.DefaultWatch().Provider
	if _, ok := c.Providers[name]; ok {
		return name, nil
	}
	names := slices.Sorted(maps.Keys(c.Providers))
	if len(names) == 1 {
		return names[0], nil
	}
	return "", fmt.Errorf("%d providers are configured and none is named %q: put the asset into a watched folder", len(names), name)
}

// used reports whether anything is ever sent to the provider.
func used(c *config.Config, provider string) bool {
	if name, err := defaultProvider(c); err == nil && name == provider {
		return true
	}
	return slices.ContainsFunc(c.Watch, func(w config.Watch) bool { return w.Provider == provider })
}
