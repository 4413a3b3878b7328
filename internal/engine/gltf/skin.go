package gltf

import "simdrop/internal/engine/scene"

// pose moves skinned parts to where their joints hold them at rest, in scene
// space, and reports whether it could. Without this an asset whose armature is
// scaled would come out in the wrong size.
func (r *reader) pose(parts []primitivePart, skin int, worlds map[int]matrix) (bool, error) {
	joints, err := r.joints(skin, worlds)
	if err != nil || joints == nil {
		return false, err
	}
	for i := range parts {
		if len(parts[i].joints) == 0 || len(parts[i].weights) == 0 {
			return false, nil
		}
	}
	r.out.Warn("skins are left out: the rest pose is converted")
	for i := range parts {
		p := &parts[i]
		mirrored := false
		for v := range len(p.Points) / 3 {
			m, ok := blend(joints, p.joints[4*v:4*v+4], p.weights[4*v:4*v+4])
			if !ok {
				return false, scene.Refuse("%s is damaged: a vertex follows a joint that its skin does not have", r.src.Name)
			}
			at := p.Points[3*v : 3*v+3]
			store(at)(m.point(float64(at[0]), float64(at[1]), float64(at[2])))
			if p.Normals != nil {
				n := p.Normals[3*v : 3*v+3]
				store(n)(m.direction(float64(n[0]), float64(n[1]), float64(n[2])))
			}
			mirrored = mirrored || v == 0 && m.determinant() < 0
		}
		if mirrored {
			for k := 0; k+2 < len(p.Indices); k += 3 {
				p.Indices[k+1], p.Indices[k+2] = p.Indices[k+2], p.Indices[k+1]
			}
			for k := range p.Normals {
				p.Normals[k] = -p.Normals[k]
			}
		}
		scene.Normalize(p.Normals)
	}
	return true, nil
}

func store(to []float32) func(x, y, z float64) {
	return func(x, y, z float64) { to[0], to[1], to[2] = float32(x), float32(y), float32(z) }
}

// joints gives each joint's world matrix times its inverse bind matrix, nil when
// a joint is not in the scene, so that nothing holds the mesh.
func (r *reader) joints(skin int, worlds map[int]matrix) ([]matrix, error) {
	if skin < 0 || skin >= len(r.doc.Skins) {
		return nil, scene.Refuse("%s refers to skin %d, which it does not have", r.src.Name, skin)
	}
	s := &r.doc.Skins[skin]
	var binds elements
	if s.InverseBindMatrices != nil {
		var err error
		if binds, err = r.elements(*s.InverseBindMatrices); err != nil {
			return nil, err
		}
		if binds.width != 16 || binds.count < len(s.Joints) {
			return nil, scene.Refuse("%s is damaged: skin %d has %d joints and %d bind matrices", r.src.Name, skin, len(s.Joints), binds.count)
		}
	}
	out := make([]matrix, len(s.Joints))
	for k, node := range s.Joints {
		world, ok := worlds[node]
		if !ok {
			r.out.Warn("skin %d has the joint %d, which is not in the scene: its mesh is converted unposed", skin, node)
			return nil, nil
		}
		out[k] = world
		if s.InverseBindMatrices != nil {
			var bind matrix
			for c := range bind {
				bind[c] = float64(binds.float(k, c))
			}
			out[k] = world.times(bind)
		}
	}
	return out, nil
}

// blend is the weighted sum of a vertex' joint matrices; without weights, the
// first joint's.
func blend(joints []matrix, which []uint32, weights []float32) (m matrix, ok bool) {
	var total float64
	for k, w := range weights {
		if w == 0 {
			continue
		}
		if int64(which[k]) >= int64(len(joints)) {
			return m, false
		}
		total += float64(w)
		for c, v := range joints[which[k]] {
			m[c] += float64(float64(w) * v)
		}
	}
	if total == 0 {
		if int64(which[0]) >= int64(len(joints)) {
			return m, false
		}
		return joints[which[0]], true
	}
	for c := range m {
		m[c] /= total
	}
	return m, true
}
