package rigyd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"simdrop/uploader"
	"simdrop/uploader/wire"
)

// Simulate sends POST /conversions/:id/simulate, once. scene is demo or drop.
func (c *Client) Simulate(ctx context.Context, id, scene string) (uploader.Remote, error) {
	path, err := c.jobPath("simulate", id)
	if err != nil {
		return uploader.Remote{}, err
	}
	body, err := json.Marshal(map[string]string{"scene": scene})
	if err != nil {
		return uploader.Remote{}, err
	}
	return c.post(ctx, wire.Post{Op: "simulate", Kind: wire.Simulation, Path: path + "/simulate", Content: wire.JSON(body)})
}

// maxSimulations bounds the jobs that are asked about one by one.
const maxSimulations = 200

// Simulations returns the simulations of the job. A full job names its own; of a
// deployment that leaves that out, those are asked whose name in the list of
// simulations is the job's. Each is asked for itself: only a full job tells the
// scene and the source.
func (c *Client) Simulations(ctx context.Context, id string) ([]uploader.Remote, error) {
	source, err := c.job(ctx, "list", id)
	if err != nil {
		return nil, err
	}
	named := source.Simulations
	if named.odd {
		return nil, c.unlisted(errors.New("the job names a simulation that has no ID"))
	}
	if !named.told {
		if named.list, err = c.namesakes(ctx, source); err != nil {
			return nil, err
		}
	}
	if len(named.list) > maxSimulations {
		return nil, c.unlisted(fmt.Errorf("the job has %d simulations, more than %d", len(named.list), maxSimulations))
	}
	var all []uploader.Remote
	for _, sim := range named.list {
		r, err := c.Poll(ctx, sim)
		var e *uploader.Error
		switch {
		case errors.As(err, &e) && e.Class == uploader.Gone:
			continue
		case err != nil:
			return nil, err
		case r.Source == id || r.Source == "" && named.told:
			all = append(all, r)
		}
	}
	return all, nil
}

// namesakes are the IDs of the simulations that may be the source's.
func (c *Client) namesakes(ctx context.Context, source job) ([]string, error) {
	listed, err := c.sinceOf(ctx, uploader.Fence{At: source.Created.Time}, SimulationType)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range listed {
		if r.Filename == "" || r.Filename == string(source.Filename) {
			ids = append(ids, r.ID)
		}
	}
	return ids, nil
}

// unlisted is the error of a list that is not complete.
func (c *Client) unlisted(cause error) error {
	return &uploader.Error{Provider: c.name, Op: "list", Class: uploader.Transient, Cause: cause}
}
