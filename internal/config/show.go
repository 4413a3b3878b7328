package config

import (
	_ "embed"
	"fmt"
	"net/url"

	"gopkg.in/yaml.v3"
)

//go:embed example.yaml
var example string

// Example is a commented configuration with every option and its default, for
// `simdrop config init`. It is the same text as config.example.yaml.
func Example() string { return example }

// YAML is the effective configuration, with every default and no secret in it.
func (c *Config) YAML() ([]byte, error) {
	shown := *c
	shown.Webhooks = make([]Webhook, len(c.Webhooks))
	for i, w := range c.Webhooks {
		// Chat services put their secret in the URL's path.
		w.URL = redactURL(w.URL)
		shown.Webhooks[i] = w
	}
	if shown.Watch == nil {
		shown.Watch = []Watch{}
	}
	b, err := yaml.Marshal(shown)
	if err != nil {
		return nil, fmt.Errorf("print configuration: %w", err)
	}
	return b, nil
}

func redactURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return Redacted
	}
	if (u.Path == "" || u.Path == "/") && u.RawQuery == "" {
		return s
	}
	return u.Scheme + "://" + u.Host + "/" + Redacted
}
