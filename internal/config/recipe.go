package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// A recipe is a file that an artist puts into a folder to change, for that folder
// and all below, how its assets are converted. It says a part of what a watched
// folder's configuration says, in the same words:
//
//	convert: {target_triangle_count: 5000, format: all}
//	accept: [models, images]
//	companions: {missing: send}
//	ignore: ["wip/**", "*_old.fbx"]
//
// What it leaves out stays as it is above it. It cannot name providers, keys,
// commands or places: these are unknown keys here. Nothing in it is replaced from
// the environment, which is not the artist's.

// The names of a recipe, and of the note beside one that has mistakes.
const (
	RecipeFile = ".simdrop.yml"
	RecipeNote = ".simdrop.yml.error.txt"
)

// maxRecipe bounds the file, maxRecipeNodes what it holds.
const (
	maxRecipe      = 64 << 10
	maxRecipeNodes = 4096
)

// recipe is what such a file may hold.
type recipe struct {
	Convert    Convert    `yaml:"convert"`
	Accept     []string   `yaml:"accept"`
	Companions Companions `yaml:"companions"`
	Ignore     []string   `yaml:"ignore"`
}

// ParseRecipe applies a recipe to what holds above its folder, with a provider of
// the type. Of the returned Watch, Ignore has the recipe's own patterns alone, which
// are relative to its folder and come beside those above. The error is Mistakes.
func ParseRecipe(data []byte, above Watch, typ string) (Watch, error) {
	if len(data) > maxRecipe {
		return above, Mistakes{{Text: "the file is larger than 64 KiB: is it a recipe?"}}
	}
	root, err := parseNode(data)
	if err != nil {
		return above, err
	}
	r := recipe{Convert: above.Convert, Accept: above.Accept, Companions: above.Companions}
	d := &decoder{lines: map[string]int{}, budget: budget{maxRecipeNodes}, fixed: true}
	if root != nil {
		if n := plain(root, &budget{maxRecipeNodes}); n != nil {
			return above, Mistakes{{Line: n.Line, Text: "a recipe has no anchors, aliases and merges, and no more than 4096 values"}}
		}
		d.value(root, reflectOf(&r), "")
	}
	k := checker{d}
	k.accept("accept", r.Accept, typ)
	k.companions("companions", r.Companions)
	k.convert("convert", r.Convert, typ)
	k.ignore("ignore", r.Ignore)
	if len(d.mistakes) > 0 {
		return above, d.mistakes.sorted()
	}
	above.Convert, above.Accept, above.Companions, above.Ignore = r.Convert, r.Accept, r.Companions, r.Ignore
	return above, nil
}

// plain returns the first node that does not stand for itself alone, or is one too many.
func plain(n *yaml.Node, b *budget) *yaml.Node {
	if !b.spend() || n.Kind == yaml.AliasNode || n.Anchor != "" || n.Tag == "!!merge" {
		return n
	}
	for _, c := range n.Content {
		if bad := plain(c, b); bad != nil {
			return bad
		}
	}
	return nil
}

// hasVariable says whether a text asks for the environment.
func hasVariable(s string) bool { return strings.Contains(s, "${") }
