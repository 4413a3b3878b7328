package config

import (
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

// watch checks one watched folder. Whether the folder exists is not asked: it may
// be on a drive that comes later.
func (k checker) watch(path string, w Watch, c *Config) {
	if w.Path == "" {
		k.wrong(path+".path", "is needed: the folder to watch")
	}
	k.oneOf(path+".existing", w.Existing, "hold", "convert", "skip")
	k.oneOf(path+".detect", w.Detect, "auto", "events", "poll")
	k.duration(path+".settle_period", w.SettlePeriod, false)
	k.duration(path+".rescan_interval", w.RescanInterval, false)
	k.duration(path+".poll_interval", w.PollInterval, false)
	k.duration(path+".undo_window", w.UndoWindow, true)
	k.companions(path+".companions", w.Companions)
	k.ignore(path+".ignore", w.Ignore)
	k.result(path+".result", w.Result)
	k.credits(path+".budget.per_day", w.Budget.PerDay)
	k.credits(path+".budget.per_month", w.Budget.PerMonth)

	typ := ""
	if p, ok := c.Providers[w.Provider]; ok {
		typ = p.Type
	} else if w.Provider != Local {
		k.wrong(path+".provider", "no provider is named %q: there is %s", clip(w.Provider),
			quotedOr(slices.Sorted(maps.Keys(c.Providers)), "none"))
	}
	k.accept(path+".accept", w.Accept, typ)
	k.convert(path+".convert", w.Convert, typ)
	k.idle(path+".convert", w, typ)
}

func (k checker) companions(path string, c Companions) {
	k.duration(path+".wait", c.Wait, true)
	k.oneOf(path+".missing", c.Missing, "hold", "send", "fail")
}

func (k checker) ignore(path string, patterns []string) {
	for i, pattern := range patterns {
		if pattern == "" || !doublestar.ValidatePattern(pattern) {
			k.wrong(index(path, i), "want a pattern such as **/old/*.fbx, got %q", clip(pattern))
		}
	}
}

func (k checker) accept(path string, accept []string, typ string) {
	kinds := []string{"models", "images", "prompts", "media"}
	if len(accept) == 0 {
		k.wrong(path, "want at least one of %s", quoted(kinds))
	}
	for i, kind := range accept {
		at := index(path, i)
		k.oneOf(at, kind, kinds...)
		switch {
		case slices.Contains(accept[:i], kind):
			k.wrong(at, "%s is listed twice", kind)
		case kind == "media" && (typ == Rigyd || typ == Local):
			k.wrong(at, "media needs a provider of type toolkit or convertly, this one is %s", typ)
		}
	}
}

// targetFormat is a file name extension.
const targetFormat = "abcdefghijklmnopqrstuvwxyz0123456789"

// The bounds of conversion fields that Rigyd documents, and those of what it leaves
// open: what no field of a form can hold.
const (
	minTriangles, maxTriangles = 1000, 1_000_000
	maxFaces                   = 1<<31 - 1
	maxWord                    = 200
)

// convert checks the conversion options: what the provider would refuse is refused
// here, before anything is sent.
func (k checker) convert(path string, o Convert, typ string) {
	k.oneOf(path+".format", o.Format, "usd", "mjcf", "all")
	k.oneOf(path+".simulate", o.Simulate, "none", "demo", "drop")
	if o.Simulate != "none" && (typ == Toolkit || typ == Convertly) {
		k.wrong(path+".simulate", "only rigyd and local simulate, this provider is %s", typ)
	}
	if at := path + ".target_triangle_count"; o.TargetTriangleCount != 0 || k.given(at) {
		k.between(at, o.TargetTriangleCount, minTriangles, maxTriangles)
	}
	if t := o.Threshold; t != nil && !(*t >= 0 && *t <= math.MaxFloat64) {
		k.wrong(path+".threshold", "want a number that is not negative, got %v", *t)
	}
	k.between(path+".face_limit", o.FaceLimit, 0, maxFaces)
	k.word(path+".llm_provider", o.LLMProvider)
	k.word(path+".model_version", o.ModelVersion)
	if o.Units != "" {
		k.oneOf(path+".units", o.Units, "mm", "cm", "m", "in")
		if typ != "" && typ != Local {
			k.wrong(path+".units", "only a local provider takes units, this one is %s", typ)
		}
	}
	switch other := typ == Toolkit || typ == Convertly; {
	case other && o.Target == "":
		k.wrong(path+".target", "is needed: the format that %s makes, such as glb", typ)
	case o.Target != "" && typ != "" && !other:
		k.wrong(path+".target", "only toolkit and convertly take a target, this provider is %s", typ)
	case len(o.Target) > 16 || strings.Trim(o.Target, targetFormat) != "":
		k.wrong(path+".target", "want a format such as glb, got %q", clip(o.Target))
	}
}

// word wants what may stand in a field of a form: one line of text.
func (k checker) word(path, s string) {
	if len(s) > maxWord || strings.TrimSpace(s) != s || strings.ContainsFunc(s, unicode.IsControl) || !utf8.ValidString(s) {
		k.wrong(path, "want a name in one line, got %q", clip(s))
	}
}

// idle warns of options that have no effect on what the folder takes in.
func (k checker) idle(path string, w Watch, typ string) {
	generated := slices.Contains(w.Accept, "images") || slices.Contains(w.Accept, "prompts")
	if generated && typ == Local {
		k.warn(strings.TrimSuffix(path, "convert")+"accept", "the local engine does not generate from images or prompts: they will fail")
	}
	const onlyGenerated = "has an effect on images and prompts only, and accept has neither"
	if w.Convert.FaceLimit != 0 && !generated {
		k.warn(path+".face_limit", onlyGenerated)
	}
	if w.Convert.ModelVersion != "" && !generated {
		k.warn(path+".model_version", onlyGenerated)
	}
	if w.Convert.TargetTriangleCount != 0 && !slices.Contains(w.Accept, "models") {
		k.warn(path+".target_triangle_count", "has an effect on models only, and accept has none")
	}
}

func (k checker) result(path string, r Result) {
	k.oneOf(path+".place", r.Place, "beside", "mirror")
	switch {
	case r.Place == "mirror" && r.Root == "":
		k.wrong(path+".root", "is needed with place: mirror: the folder for the results")
	case r.Place == "beside" && r.Root != "":
		k.wrong(path+".root", "means nothing with place: beside: add place: mirror, or remove root")
	}
	k.between(path+".keep_versions", r.KeepVersions, 0, 1000)
}

func quotedOr(words []string, none string) string {
	if len(words) == 0 {
		return none
	}
	return strings.Join(words, ", ")
}
