package daemon

import (
	"time"

	"simdrop/internal/control"
	"simdrop/queue"
)

// view is the job as the contract shows it.
func view(j queue.Job) control.Job {
	v := control.Job{
		ID: j.ID, Path: j.Path, Watch: j.Watch, Provider: j.Provider, Type: j.Type,
		State: string(j.State), Reason: string(j.Reason), Error: j.Error, Hint: j.Hint,
		RemoteID: j.RemoteID, RemoteStatus: j.RemoteStatus, Stage: j.Stage, Progress: j.Progress,
		Attempts: j.Submissions, Credits: j.Credits, Key: j.Key, Bundle: j.Bundle, Bytes: j.Bytes,
		Result: j.Result, Note: j.Remark, Created: j.Created, Updated: j.Updated,
	}
	v.Simulation = j.Simulated
	if s := j.Simulation; s != nil {
		v.Scene, v.Simulates = s.Scene, s.Of
	}
	if v.Bundle == nil {
		v.Bundle = []string{}
	}
	if !j.Due.IsZero() && !j.State.Ended() {
		due := j.Due.Truncate(time.Millisecond)
		v.NextAttempt = &due
	}
	if v.Error == "" && j.After != "" {
		v.Stage = "waits for job " + j.After
	}
	return v
}

func views(jobs []queue.Job) []control.Job {
	all := make([]control.Job, len(jobs))
	for i, j := range jobs {
		all[i] = view(j)
	}
	return all
}
