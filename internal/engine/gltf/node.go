package gltf

import (
	"simdrop/internal/engine/scene"
)

// instance is one node of the tree with a mesh.
type instance struct {
	node  int
	world matrix
}

// readNodes walks the default scene and reads the mesh of every node.
func (r *reader) readNodes() error {
	if len(r.doc.Nodes) == 0 {
		return r.readLooseMeshes()
	}
	instances, worlds, err := r.walk(r.roots())
	if err != nil {
		return err
	}
	for _, in := range instances {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if err := r.readInstance(in, worlds); err != nil {
			return err
		}
	}
	return nil
}

// readLooseMeshes reads the meshes of a file without nodes, each where it is.
func (r *reader) readLooseMeshes() error {
	for i := range r.doc.Meshes {
		parts, err := r.readMesh(i, nil)
		if err != nil {
			return err
		}
		r.add(parts, "", identity)
	}
	return nil
}

// roots gives the nodes of the default scene, else of the first, else those that
// are no one's child.
func (r *reader) roots() []int {
	if s := r.doc.Scene; s != nil && *s >= 0 && *s < len(r.doc.Scenes) {
		return r.doc.Scenes[*s].Nodes
	}
	if len(r.doc.Scenes) > 0 {
		return r.doc.Scenes[0].Nodes
	}
	child := make([]bool, len(r.doc.Nodes))
	for _, n := range r.doc.Nodes {
		for _, c := range n.Children {
			if c >= 0 && c < len(child) {
				child[c] = true
			}
		}
	}
	var roots []int
	for i, isChild := range child {
		if !isChild {
			roots = append(roots, i)
		}
	}
	return roots
}

// walk visits the tree in the order of the file, without recursion, and gives
// the nodes with meshes and the world matrix of every node reached.
func (r *reader) walk(roots []int) ([]instance, map[int]matrix, error) {
	type step struct {
		node  int
		above matrix
	}
	var stack []step
	push := func(nodes []int, above matrix) {
		for k := len(nodes) - 1; k >= 0; k-- {
			stack = append(stack, step{nodes[k], above})
		}
	}
	push(roots, identity)
	worlds := make(map[int]matrix, len(r.doc.Nodes))
	var found []instance
	for len(stack) > 0 {
		s := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if s.node < 0 || s.node >= len(r.doc.Nodes) {
			return nil, nil, scene.Refuse("%s refers to node %d, which it does not have", r.src.Name, s.node)
		}
		n := &r.doc.Nodes[s.node]
		if _, again := worlds[s.node]; again {
			return nil, nil, scene.Refuse("%s is damaged: node %d %q has two parents or is its own ancestor", r.src.Name, s.node, n.Name)
		}
		local, err := n.local()
		if err != nil {
			return nil, nil, err
		}
		world := s.above.times(local)
		worlds[s.node] = world
		if v := n.Extensions.Visibility; v != nil && v.Visible != nil && !*v.Visible {
			r.out.Warn("node %s is hidden in the file and is left out", n.Name)
			continue
		}
		if n.Mesh != nil {
			found = append(found, instance{s.node, world})
		}
		push(n.Children, world)
	}
	return found, worlds, nil
}

func (r *reader) readInstance(in instance, worlds map[int]matrix) error {
	n := &r.doc.Nodes[in.node]
	parts, err := r.readMesh(*n.Mesh, n.Weights)
	if err != nil {
		return err
	}
	name := n.Name
	if n.Skin != nil {
		posed, err := r.pose(parts, *n.Skin, worlds)
		if err != nil {
			return err
		}
		if posed {
			// The specification: a skinned mesh follows its joints, not its node.
			in.world = identity
		}
	}
	if n.Extensions.Instancing == nil {
		r.add(parts, name, in.world)
		return nil
	}
	places, err := r.placements(n.Extensions.Instancing.Attributes)
	if err != nil {
		return err
	}
	for k, place := range places {
		if k > 0 {
			// Read again rather than share: no two parts share memory.
			if parts, err = r.readMesh(*n.Mesh, n.Weights); err != nil {
				return err
			}
		}
		r.add(parts, name, in.world.times(place))
	}
	return nil
}

// add gives the parts of one node instance to the scene.
func (r *reader) add(parts []primitivePart, name string, world matrix) {
	group := 0
	if n := len(r.out.Parts); n > 0 {
		group = r.out.Parts[n-1].Group + 1
	}
	for _, p := range parts {
		p.Group, p.Transform = group, world
		if name != "" {
			p.Name = name
		}
		r.out.Parts = append(r.out.Parts, p.Part)
	}
}

// placements reads the transforms of EXT_mesh_gpu_instancing.
func (r *reader) placements(attributes map[string]int) ([]matrix, error) {
	read := func(name string, width int) (elements, bool, error) {
		i, ok := attributes[name]
		if !ok {
			return elements{}, false, nil
		}
		e, err := r.elements(i)
		if err == nil && e.width != width {
			err = scene.Refuse("%s is damaged: instances have a %s of %d components", r.src.Name, name, e.width)
		}
		return e, true, err
	}
	t, hasT, err := read("TRANSLATION", 3)
	if err != nil {
		return nil, err
	}
	q, hasQ, err := read("ROTATION", 4)
	if err != nil {
		return nil, err
	}
	s, hasS, err := read("SCALE", 3)
	if err != nil {
		return nil, err
	}
	count := max(t.count, q.count, s.count)
	if (hasT && t.count != count) || (hasQ && q.count != count) || (hasS && s.count != count) {
		return nil, scene.Refuse("%s is damaged: its instances' attributes differ in number", r.src.Name)
	}
	if count > r.limits.Parts {
		return nil, r.limits.Check(0, 0, count)
	}
	places := make([]matrix, count)
	row := func(e *elements, k, width int) []float64 {
		out := make([]float64, width)
		for c := range out {
			out[c] = float64(e.float(k, c))
		}
		return out
	}
	for k := range places {
		n := node{}
		if hasT {
			n.Translation = row(&t, k, 3)
		}
		if hasQ {
			n.Rotation = row(&q, k, 4)
		}
		if hasS {
			n.Scale = row(&s, k, 3)
		}
		if places[k], err = n.local(); err != nil {
			return nil, err
		}
	}
	return places, nil
}
