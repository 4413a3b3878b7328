package usd

// Value is a value of an attribute or of metadata. Every implementation is listed
// in this file; Kind gives the value types of USD it can stand for.
type Value interface{ Kind() Kind }

// Kind is the shape of a value as it is stored: several USD types share one.
type Kind string

// The kinds.
const (
	KindBool   Kind = "bool"
	KindInt    Kind = "int"
	KindFloat  Kind = "float"
	KindDouble Kind = "double"
	KindString Kind = "string"
	KindToken  Kind = "token"
	KindAsset  Kind = "asset"
	KindVec2   Kind = "float2"
	KindVec3   Kind = "float3"
	KindVec4   Kind = "float4"
	KindQuat   Kind = "quatf"
	KindInts   Kind = "int[]"
	KindTokens Kind = "token[]"
	KindVec2s  Kind = "float2[]"
	KindVec3s  Kind = "float3[]"
	KindDict   Kind = "dictionary"
)

type (
	// Bool is a truth value.
	Bool bool
	// Int is a 32-bit integer.
	Int int32
	// Float is a 32-bit number.
	Float float32
	// Double is a 64-bit number.
	Double float64
	// String is text.
	String string
	// Token is an interned name.
	Token string
	// Asset is a path to another file.
	Asset string
	// Vec2 is a pair.
	Vec2 [2]float32
	// Vec3 is a point, direction or colour.
	Vec3 [3]float32
	// Vec4 is a quadruple.
	Vec4 [4]float32
	// Quat is a rotation, w first as in text.
	Quat [4]float32
	// Ints are signed integers.
	Ints []int32
	// Indices are integers that cannot be negative.
	Indices []uint32
	// Tokens are names.
	Tokens []string
	// Vec2s are pairs, two numbers each.
	Vec2s []float32
	// Vec3s are triples, three numbers each.
	Vec3s []float32
)

// Kind says how the value is stored.
func (Bool) Kind() Kind    { return KindBool }
func (Int) Kind() Kind     { return KindInt }
func (Float) Kind() Kind   { return KindFloat }
func (Double) Kind() Kind  { return KindDouble }
func (String) Kind() Kind  { return KindString }
func (Token) Kind() Kind   { return KindToken }
func (Asset) Kind() Kind   { return KindAsset }
func (Vec2) Kind() Kind    { return KindVec2 }
func (Vec3) Kind() Kind    { return KindVec3 }
func (Vec4) Kind() Kind    { return KindVec4 }
func (Quat) Kind() Kind    { return KindQuat }
func (Ints) Kind() Kind    { return KindInts }
func (Indices) Kind() Kind { return KindInts }
func (Tokens) Kind() Kind  { return KindTokens }
func (Vec2s) Kind() Kind   { return KindVec2s }
func (Vec3s) Kind() Kind   { return KindVec3s }
func (Dict) Kind() Kind    { return KindDict }

// kinds gives, for each attribute type of USD in use, how its values are stored.
var kinds = map[string]Kind{
	"bool": KindBool, "int": KindInt, "float": KindFloat, "double": KindDouble,
	"string": KindString, "token": KindToken, "asset": KindAsset,
	"float2": KindVec2, "texCoord2f": KindVec2,
	"float3": KindVec3, "point3f": KindVec3, "normal3f": KindVec3, "vector3f": KindVec3, "color3f": KindVec3,
	"float4": KindVec4, "color4f": KindVec4, "quatf": KindQuat,
	"int[]": KindInts, "token[]": KindTokens,
	"float2[]": KindVec2s, "texCoord2f[]": KindVec2s,
	"float3[]": KindVec3s, "point3f[]": KindVec3s, "normal3f[]": KindVec3s, "color3f[]": KindVec3s,
}

// KindOf returns how values of an attribute type are stored, and false for a type
// this package does not know.
func KindOf(typ string) (Kind, bool) {
	k, ok := kinds[typ]
	return k, ok
}
