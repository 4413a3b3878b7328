// Package scene is what the local engine's readers give and its writers take: a
// 3D asset as triangles, materials and images, in the units and axes of its file.
package scene

// Axis is an up axis.
type Axis int

// The up axes.
const (
	Y Axis = iota
	Z
)

// Scene is one asset.
type Scene struct {
	Up            Axis
	UpAssumed     bool    // the file does not say
	MetersPerUnit float64 // 1 for glTF
	UnitsAssumed  bool    // the file does not say
	Parts         []Part
	Materials     []Material
	Images        []Image
	// Warnings are for people: "texture wood.png is missing".
	Warnings []string
}

// Part is a triangle mesh with one material. Parts of equal Group were one object
// in the file (the primitives of a glTF node, the material runs of an OBJ object),
// so that a solid split by material can be seen as the solid it is.
type Part struct {
	Name      string // as in the file, "" when it has none
	Group     int
	Transform [16]float64 // column-major, to the scene; Identity when baked
	Points    []float32   // 3 per vertex
	Normals   []float32   // 3 per vertex, or nil
	UVs       []float32   // 2 per vertex, v up as in USD (glTF's is flipped by its reader), or nil
	Colors    []float32   // 3 per vertex, linear, or nil
	Indices   []uint32    // 3 per triangle, counter-clockwise
	Material  int         // index into Materials, -1 for none
}

// Identity is the transform that changes nothing.
var Identity = [16]float64{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}

// Material is a metallic-roughness material, as UsdPreviewSurface has it.
type Material struct {
	Name      string
	BaseColor [3]float64 // linear
	Opacity   float64
	Metallic  float64
	// MetallicSet says that the file states Metallic: glTF's default of 1 means nothing.
	MetallicSet bool
	Roughness   float64
	Emissive    [3]float64
	NormalScale float64
	Occlusion   float64 // strength
	AlphaMode   AlphaMode
	AlphaCutoff float64
	DoubleSided bool
	Unlit       bool

	BaseColorTex, MetalRoughTex, NormalTex, OcclusionTex, EmissiveTex, OpacityTex *Texture
}

// AlphaMode says what the opacity means, as in glTF.
type AlphaMode int

// The alpha modes.
const (
	Opaque AlphaMode = iota
	Mask
	Blend
)

// Texture places an image on a surface.
type Texture struct {
	Image        int // index into Scene.Images
	WrapS, WrapT Wrap
	// The UV transform in USD's frame (v up): scale, then rotate (degrees,
	// counter-clockwise), then translate, as UsdTransform2d does.
	Scale, Translate [2]float64
	Rotate           float64
	HasTransform     bool
}

// Wrap is a texture's behaviour outside 0 to 1.
type Wrap int

// The wraps.
const (
	Repeat Wrap = iota
	Clamp
	Mirror
)

// Image is an image file, kept in its own encoding.
type Image struct {
	Name string // base name as in the file, "" when embedded without one
	Mime string // image/png, image/jpeg, image/webp, by its bytes
	Data []byte
}
