package rigydserver

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"simdrop/internal/engine"
)

// simulate is POST /conversions/:id/simulate.
func (s *Server) simulate(x *exchange) error {
	b, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxFieldBytes))
	if err != nil {
		return err
	}
	scene, err := sceneOf(b)
	if err != nil {
		return err
	}
	src, err := s.get(x.r.PathValue("id"))
	switch {
	case err != nil:
		return err
	case src.Type == TypeSimulate:
		return errSimulateSim
	case src.Status != statusCompleted:
		return errSourceEarly
	case s.opt.Simulate == nil:
		return refuse(422, "The local engine cannot simulate")
	case src.Dropped:
		return refuse(422, "The source job's result was removed after its retention period; convert the file again")
	}
	rec := record{Type: TypeSimulate, Filename: src.Filename, Size: src.Size, Scene: scene, SourceID: src.ID,
		Parameters: map[string]any{"scene": scene}}
	return x.finishSubmission(rec, &form{})
}

// sceneOf reads {"scene": …}; an empty body or object means demo.
func sceneOf(b []byte) (string, error) {
	var req struct {
		Scene string `json:"scene"`
	}
	if len(b) > 0 {
		if err := json.Unmarshal(b, &req); err != nil {
			return "", refuse(422, "Malformed JSON body")
		}
	}
	switch req.Scene {
	case "":
		return "demo", nil
	case "demo", "drop":
		return req.Scene, nil
	}
	return "", refuse(422, "Invalid scene. Expected one of: demo, drop")
}

// simulation binds a simulation's source.
func (s *Server) simulation(r *record) func(context.Context, engine.Writer) (engine.Output, error) {
	return func(ctx context.Context, w engine.Writer) (engine.Output, error) {
		src, err := s.get(r.SourceID)
		if err != nil || src.Output == nil || s.opt.Simulate == nil {
			return engine.Output{}, &engine.InputError{Reason: "The source of the simulation is no longer there"}
		}
		in := Simulation{Package: s.store.archive(src.ID), Name: src.Output.Name, Scene: r.Scene}
		return engine.Output{Name: src.Output.Name}, s.opt.Simulate(ctx, in, w)
	}
}
