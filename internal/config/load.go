package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"

	"simdrop/internal/redact"
)

// maxFile bounds the file: a configuration is a few kilobytes.
const maxFile = 1 << 20

// Env looks up an environment variable, as os.LookupEnv does.
type Env = func(string) (string, bool)

// Load reads the file at path. Unknown keys, wrong types and impossible values
// come back together as Mistakes. Relative paths in it are relative to its
// folder, because a service has no useful working directory.
func Load(path string, env Env) (*Config, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(data, filepath.Dir(path), env)
	if err != nil {
		return nil, err
	}
	c.File = path
	return c, nil
}

// Parse is Load for text that is at hand; dir is what relative paths are relative to.
func Parse(data []byte, dir string, env Env) (*Config, error) {
	if len(data) > maxFile {
		return nil, Mistakes{{Text: "the file is larger than 1 MiB: is it a configuration?"}}
	}
	root, err := parseNode(data)
	if err != nil {
		return nil, err
	}
	c := Default()
	d := &decoder{env: env, lines: map[string]int{}, budget: budget{maxNodes}}
	if root != nil {
		if hasKey(root, "providers") {
			c.Providers = nil
		}
		d.value(root, reflectOf(&c), "")
	}
	if d.budget.left <= 0 {
		return nil, Mistakes{{Text: "the file unfolds to more than a million values"}}
	}
	c.fill(dir, env, d)
	c.check(d)
	if len(d.mistakes) > 0 {
		return nil, d.mistakes.sorted()
	}
	c.Warnings = d.warnings.sorted()
	return &c, nil
}

// parseNode parses the one YAML document of a file; nil for an empty one.
func parseNode(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, Mistakes{syntaxMistake(err)}
	}
	if err := dec.Decode(&second); err == nil {
		return nil, Mistakes{{Line: second.Line, Text: "a second YAML document begins here: one file holds one configuration"}}
	} else if !errors.Is(err, io.EOF) {
		return nil, Mistakes{syntaxMistake(err)}
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

var syntaxLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?([^\n]*)`)

// syntaxMistake rewords the parser's error, which begins with its own name.
func syntaxMistake(err error) Mistake {
	m := syntaxLine.FindStringSubmatch(err.Error())
	line, _ := strconv.Atoi(m[1])
	return Mistake{Line: line, Text: "not YAML: " + redact.Keys(m[2])}
}
