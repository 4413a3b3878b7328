package simready

import (
	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/usd"
)

// add puts a shader into the material and returns its path.
func (w *shading) add(name string, attrs ...usd.Attr) string {
	w.nodes = append(w.nodes, &usd.Prim{Type: "Shader", Name: name, Attrs: attrs})
	return w.path + "/" + name
}

// texture adds a texture node and returns its path. extra are its scale and bias.
func (w *shading) texture(name string, t *scene.Texture, extra []usd.Attr, space string) string {
	st := w.coordinates()
	if t.HasTransform {
		st = w.add(name+"_transform",
			id("UsdTransform2d"),
			usd.Attr{Name: "inputs:in", Type: "float2", Connect: st},
			usd.Attr{Name: "inputs:rotation", Type: "float", Value: usd.Float(t.Rotate)},
			usd.Attr{Name: "inputs:scale", Type: "float2", Value: vec2(t.Scale)},
			usd.Attr{Name: "inputs:translation", Type: "float2", Value: vec2(t.Translate)},
			usd.Attr{Name: "outputs:result", Type: "float2"},
		) + ".outputs:result"
	}
	attrs := append([]usd.Attr{
		id("UsdUVTexture"),
		{Name: "inputs:file", Type: "asset", Value: usd.Asset("./textures/" + w.p.Textures[t.Image].File)},
	}, extra...)
	attrs = append(attrs,
		usd.Attr{Name: "inputs:sourceColorSpace", Type: "token", Value: usd.Token(space)},
		usd.Attr{Name: "inputs:st", Type: "float2", Connect: st},
		usd.Attr{Name: "inputs:wrapS", Type: "token", Value: usd.Token(wraps[t.WrapS])},
		usd.Attr{Name: "inputs:wrapT", Type: "token", Value: usd.Token(wraps[t.WrapT])},
		usd.Attr{Name: "outputs:rgb", Type: "float3"},
		usd.Attr{Name: "outputs:r", Type: "float"},
		usd.Attr{Name: "outputs:g", Type: "float"},
		usd.Attr{Name: "outputs:b", Type: "float"},
		usd.Attr{Name: "outputs:a", Type: "float"},
	)
	return w.add(name, attrs...)
}

var wraps = map[scene.Wrap]string{scene.Repeat: "repeat", scene.Clamp: "clamp", scene.Mirror: "mirror"}

// coordinates returns the output that carries the texture coordinates.
func (w *shading) coordinates() string {
	if w.st == "" {
		w.st = w.add("st_reader",
			id("UsdPrimvarReader_float2"),
			usd.Attr{Name: "inputs:varname", Type: "string", Value: usd.String("st")},
			usd.Attr{Name: "outputs:result", Type: "float2"},
		) + ".outputs:result"
	}
	return w.st
}

// vertexColours adds the reader of the points' colours.
func (w *shading) vertexColours() string {
	return w.add("color_reader",
		id("UsdPrimvarReader_float3"),
		usd.Attr{Name: "inputs:varname", Type: "string", Value: usd.String("displayColor")},
		usd.Attr{Name: "outputs:result", Type: "float3"},
	)
}

func vec2(v [2]float64) usd.Vec2 { return usd.Vec2{float32(v[0]) + 0, float32(v[1]) + 0} }
