package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// The parts of CycloneDX 1.6 that we use (ECMA-424, cyclonedx.org/docs/1.6/json).
type bom struct {
	Schema       string       `json:"$schema"`
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Serial       string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

// sbom lists what is inside the programs, with the systems each part is in. It is read
// from the programs, not from go.mod, which also names tools and tests.
func sbom(_ context.Context, r *release) error {
	b, err := r.bom()
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	return r.write(r.artefact("sbom.cdx.json"), append(text, '\n'))
}

func (r *release) bom() (*bom, error) {
	mods, goVersion, err := r.modules()
	if err != nil {
		return nil, err
	}
	self := goModule("application", name, r.version)
	self.Properties = []property{{"vcs.revision", r.commit}}
	for _, t := range r.targets {
		sum, err := digest(r.program(t))
		if err != nil {
			return nil, err
		}
		self.Properties = append(self.Properties, property{"sha256:" + t.String(), sum})
	}
	b := &bom{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", Spec: "1.6", Version: 1,
		Serial:   "urn:uuid:" + uuid("sbom/"+r.version+"/"+r.commit),
		Metadata: metadata{r.time.Format(time.RFC3339), self},
	}
	needs := dependency{Ref: self.Ref}
	std := goModule("library", "std", strings.TrimPrefix(goVersion, "go"))
	for _, c := range append([]component{std}, components(mods)...) {
		b.Components = append(b.Components, c)
		needs.DependsOn = append(needs.DependsOn, c.Ref)
	}
	b.Dependencies = []dependency{needs}
	return b, nil
}

func components(mods []module) []component {
	var all []component
	for _, m := range mods {
		c := goModule("library", m.path, m.version)
		c.Properties = []property{
			{"go:sum", m.sum}, // of the module's tree (golang.org/x/mod/sumdb/dirhash), so not one of the hashes
			{"targets", strings.Join(m.targets, " ")},
		}
		all = append(all, c)
	}
	return all
}

func goModule(kind, path, version string) component {
	purl := "pkg:golang/" + path + "@" + version
	return component{Type: kind, Ref: purl, Name: path, Version: version, PURL: purl}
}
