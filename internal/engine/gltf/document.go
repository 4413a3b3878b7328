package gltf

import "encoding/json"

// document is the part of the glTF JSON that is read. Optional references are
// pointers; every index is checked where it is used.
type document struct {
	Asset              assetInfo
	ExtensionsUsed     []string
	ExtensionsRequired []string
	Scene              *int
	Scenes             []struct{ Nodes []int }
	Nodes              []node
	Meshes             []mesh
	Accessors          []accessor
	BufferViews        []bufferView
	Buffers            []struct {
		URI        *string
		ByteLength int
	}
	Materials  []material
	Textures   []texture
	Images     []image
	Samplers   []struct{ WrapS, WrapT int }
	Skins      []skin
	Animations []struct{}
}

type assetInfo struct{ Version, MinVersion text }

// text is a string that some exporters write as a number ("version": 1.0).
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) != nil {
		s = string(data)
	}
	*t = text(s)
	return nil
}

type node struct {
	Name        string
	Mesh, Skin  *int
	Children    []int
	Matrix      []float64
	Translation []float64
	Rotation    []float64
	Scale       []float64
	Weights     []float64
	Extensions  struct {
		Visibility *struct{ Visible *bool } `json:"KHR_node_visibility"`
		Instancing *struct {
			Attributes map[string]int
		} `json:"EXT_mesh_gpu_instancing"`
	}
}

type mesh struct {
	Name       string
	Primitives []primitive
	Weights    []float64
}

type primitive struct {
	Attributes map[string]int
	Indices    *int
	Material   *int
	Mode       *int
	Targets    []map[string]int
	Extensions map[string]json.RawMessage
}

type accessor struct {
	BufferView    *int
	ByteOffset    int
	ComponentType int
	Normalized    bool
	Count         int
	Type          string
	Sparse        *struct {
		Count   int
		Indices struct{ BufferView, ByteOffset, ComponentType int }
		Values  struct{ BufferView, ByteOffset int }
	}
}

type bufferView struct {
	Buffer, ByteOffset, ByteLength int
	ByteStride                     int
	Extensions                     map[string]json.RawMessage
}

type image struct {
	Name       string
	URI        *string
	BufferView *int
}

type skin struct {
	Joints              []int
	InverseBindMatrices *int
}

type texture struct {
	Sampler, Source *int
	Extensions      struct {
		WebP *struct{ Source *int } `json:"EXT_texture_webp"`
		KTX2 *struct{ Source *int } `json:"KHR_texture_basisu"`
		DDS  *struct{ Source *int } `json:"MSFT_texture_dds"`
		AVIF *struct{ Source *int } `json:"EXT_texture_avif"`
	}
}

type textureInfo struct {
	Index      int
	TexCoord   int
	Scale      *float64 // of a normal texture
	Strength   *float64 // of an occlusion texture
	Extensions struct {
		Transform *struct {
			Offset, Scale []float64
			Rotation      float64
			TexCoord      *int
		} `json:"KHR_texture_transform"`
	}
}

type material struct {
	Name string
	PBR  *struct {
		BaseColorFactor          []float64
		BaseColorTexture         *textureInfo
		MetallicFactor           *float64
		RoughnessFactor          *float64
		MetallicRoughnessTexture *textureInfo
	} `json:"pbrMetallicRoughness"`
	NormalTexture    *textureInfo
	OcclusionTexture *textureInfo
	EmissiveTexture  *textureInfo
	EmissiveFactor   []float64
	AlphaMode        string
	AlphaCutoff      *float64
	DoubleSided      bool
	Extensions       map[string]json.RawMessage
}
