// Package prop turns a scene into what a physics package holds: one rigid body
// with visual meshes, convex colliders, surfaces, textures and mass, in metres,
// Z up, standing on the origin. The writers of USD and MJCF only write it down.
package prop

import (
	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/hull"
	"simdrop/internal/engine/mass"
	"simdrop/internal/engine/material"
	"simdrop/internal/engine/mesh"
	"simdrop/internal/engine/scene"
)

// Prop is a rigid body.
type Prop struct {
	Name       string // snake_case, unique names below it are too
	Source     string // the uploaded file's base name, for people
	Meshes     []Mesh
	Colliders  []Collider
	Surfaces   []Surface
	Substances []material.Substance // the physical materials in use
	Textures   []Texture
	Body       Body
	Size       geom.Vec // metres
	Facts      Facts
	Stats      Stats
}

// Mesh is what is seen.
type Mesh struct {
	*mesh.Mesh
	Name    string
	Surface int // index into Surfaces
}

// Collider is what is touched.
type Collider struct {
	hull.Hull
	Name      string
	Substance int // index into Substances
}

// Surface is a look. The textures' images are indices into Prop.Textures.
type Surface struct {
	scene.Material
	Name string
	// VertexColors says that the points' colours are the base colour.
	VertexColors bool
}

// Texture is an image file of the package.
type Texture struct {
	File          string // base name with extension
	Data          []byte // PNG or JPEG
	Width, Height int
	Alpha         bool // it has an alpha channel
	Channels      int  // colour channels without alpha: 1 or 3
}

// Body is the mass of the rigid body.
type Body struct {
	Mass      float64  // kg
	Centre    geom.Vec // centre of mass, metres
	Principal mass.Principal
}

// MassBasis is what the mass rests on.
type MassBasis string

// The bases. Of a body with several the least certain that matters counts.
const (
	Closed       MassBasis = "closed"        // the volume of closed surfaces
	HullEstimate MassBasis = "hull_estimate" // a share of the convex hull of an open surface
	Floored      MassBasis = "floored"       // a thickness or a smallest mass was assumed
)

// Facts are what the report says about how the prop came to be.
type Facts struct {
	MassBasis     MassBasis
	Confidence    string // high, medium, low
	MaterialBasis material.Basis
	Guesses       []Guess
	UpAxis        string // of the file: "Y" or "Z"
	UpAssumed     bool
	MetersPerUnit float64
	UnitsAssumed  bool
	Implausible   string // "743 m long: probably millimetres"
	Steps         []string
	Warnings      []string
	Split         Split
}

// Split counts the parts that collide as several hulls, and those hulls.
type Split struct {
	Parts int `json:"parts"`
	Hulls int `json:"hulls"`
}

// Guess is one substance's share.
type Guess struct {
	Substance string         `json:"substance"`
	Basis     material.Basis `json:"basis"`
	Parts     int            `json:"parts"`
	Mass      float64        `json:"mass_kg"`
}

// Stats count the input as read.
type Stats struct {
	Parts     int `json:"parts"`
	Vertices  int `json:"vertices"`
	Triangles int `json:"triangles"`
	Materials int `json:"materials"`
	Images    int `json:"images"`
}
