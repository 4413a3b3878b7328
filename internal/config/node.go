package config

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// maxMerge bounds merges of merges: an anchor may contain itself.
const maxMerge = 8

// entry is a key of a mapping and its value.
type entry struct {
	key   string
	line  int
	value *yaml.Node
}

// target follows aliases. The parser has no alias of an alias, the bound is for
// nodes from elsewhere.
func target(n *yaml.Node) *yaml.Node {
	for i := 0; n.Kind == yaml.AliasNode && n.Alias != nil && i < maxMerge; i++ {
		n = n.Alias
	}
	return n
}

// budget is how many nodes a file may unfold to: merges of merges of aliases grow
// without bound in a few lines.
type budget struct{ left int }

const maxNodes = 1 << 20

func (b *budget) spend() bool {
	b.left--
	return b.left > 0
}

// mapping lists a mapping's entries with its merges (`<<: *anchor`) resolved: its
// own keys win, then the first merge that has the key.
func mapping(n *yaml.Node, b *budget) []entry {
	var out []entry
	seen := map[string]bool{}
	unfold(n, b, 0, func(e entry) {
		if !seen[e.key] {
			seen[e.key] = true
			out = append(out, e)
		}
	})
	return out
}

func unfold(n *yaml.Node, b *budget, depth int, add func(entry)) {
	if n.Kind != yaml.MappingNode || depth > maxMerge {
		return
	}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content) && b.spend(); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Tag == "!!merge":
			merges = append(merges, v)
		case k.Kind == yaml.ScalarNode:
			add(entry{k.Value, k.Line, v})
		}
	}
	for _, m := range merges {
		m = target(m)
		parts := []*yaml.Node{m}
		if m.Kind == yaml.SequenceNode {
			parts = m.Content
		}
		for _, p := range parts {
			if !b.spend() {
				return
			}
			unfold(target(p), b, depth+1, add)
		}
	}
}

// hasKey says whether the mapping has a value for key.
func hasKey(n *yaml.Node, key string) bool {
	for _, e := range mapping(target(n), &budget{maxNodes}) {
		if e.key == key {
			return target(e.value).Tag != "!!null"
		}
	}
	return false
}

// describe tells a person what a node is, without the words of YAML's types.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "the number " + clip(n.Value)
	case "!!bool":
		return n.Value
	}
	return fmt.Sprintf("%q", clip(n.Value))
}

// clip keeps a message readable when the value is not.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
