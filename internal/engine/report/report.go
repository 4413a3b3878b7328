// Package report is what the local engine says about a conversion: what was
// guessed, which requirements hold, and what it did not do.
package report

import (
	"encoding/json"
	"fmt"
	"strings"

	"simdrop/internal/engine/check"
	"simdrop/internal/engine/material"
	"simdrop/internal/engine/prop"
)

// Report is the engine's report as JSON.
type Report struct {
	Engine        string            `json:"engine"`
	Generator     string            `json:"generator"`
	Summary       string            `json:"summary"`
	Profile       Profile           `json:"profile"`
	Requirements  []check.Result    `json:"requirements"`
	Beyond        []check.Result    `json:"beyond_profile"`
	Mass          float64           `json:"mass_kg"`
	MassBasis     prop.MassBasis    `json:"mass_basis"`
	Confidence    string            `json:"confidence"`
	MaterialBasis material.Basis    `json:"material_basis"`
	Materials     []prop.Guess      `json:"materials"`
	Colliders     int               `json:"colliders"`
	PerComponent  prop.Split        `json:"hulls_per_component"`
	SizeM         [3]float64        `json:"size_m"`
	Implausible   string            `json:"size_implausible,omitempty"`
	UpAxis        Assumed           `json:"up_axis"`
	Units         Assumed           `json:"units"`
	Preprocess    Preprocess        `json:"preprocess"`
	Warnings      []string          `json:"warnings"`
	NotDone       []string          `json:"not_done"`
	NotApplied    map[string]string `json:"not_applied,omitempty"`
}

// Profile names the requirements.
type Profile struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	ListDate string `json:"list_date"`
}

// Assumed is a property of the input, and whether the file says it.
type Assumed struct {
	Value   string `json:"value"`
	Assumed bool   `json:"assumed"`
}

// Preprocess lists what was done to the geometry.
type Preprocess struct {
	Steps []string `json:"steps"`
}

// Engine is the label that keeps results of this engine from being taken for Rigyd's.
const Engine = "local engine, not Rigyd"

// New puts a report together. echo are the fields that were sent and not applied.
func New(p *prop.Prop, generator string, required, beyond []check.Result, echo map[string]string, notDone []string) *Report {
	f := &p.Facts
	r := &Report{
		Engine: Engine, Generator: generator,
		Profile:      Profile{check.Profile, check.ProfileVersion, check.ListDate},
		Requirements: required, Beyond: beyond,
		Mass: p.Body.Mass, MassBasis: f.MassBasis, Confidence: f.Confidence,
		MaterialBasis: f.MaterialBasis, Materials: f.Guesses, Colliders: len(p.Colliders), PerComponent: f.Split,
		SizeM: p.Size, Implausible: f.Implausible,
		UpAxis:     Assumed{f.UpAxis, f.UpAssumed},
		Units:      Assumed{unitName(f.MetersPerUnit), f.UnitsAssumed},
		Preprocess: Preprocess{append([]string{}, f.Steps...)},
		Warnings:   append([]string{}, f.Warnings...),
		NotDone:    notDone, NotApplied: echo,
	}
	r.Summary = summary(required, notDone)
	return r
}

// JSON is the report's bytes, the same for the same report.
func (r *Report) JSON() (json.RawMessage, error) { return json.Marshal(r) }

func summary(required []check.Result, notDone []string) string {
	passed := 0
	var failed, open []string
	for _, q := range required {
		switch q.State {
		case check.Pass:
			passed++
		case check.Fail:
			failed = append(failed, q.ID)
		default:
			open = append(open, q.ID)
		}
	}
	s := fmt.Sprintf("%d of %d required requirements of %s %s (list of %s) pass",
		passed, len(required), check.Profile, check.ProfileVersion, check.ListDate)
	for _, part := range []struct {
		word string
		list []string
	}{{"failed", failed}, {"not checked", open}, {"not done", notDone}} {
		if len(part.list) > 0 {
			s += fmt.Sprintf("; %s: %s", part.word, strings.Join(part.list, ", "))
		}
	}
	return s
}

func unitName(m float64) string {
	switch m {
	case 1:
		return "m"
	case 0.1:
		return "dm"
	case 0.01:
		return "cm"
	case 0.001:
		return "mm"
	case 0.0254:
		return "in"
	}
	return fmt.Sprintf("%g m", m)
}
