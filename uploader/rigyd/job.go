package rigyd

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"simdrop/internal/redact"
	"simdrop/uploader"
	"simdrop/uploader/wire"
)

// job is a conversion as the API tells it, whole or as a list item: any block may
// be absent, and the types of fields are taken as they come.
type job struct {
	ID          text            `json:"id"`
	Status      text            `json:"status"`
	Stage       text            `json:"stage"`
	Progress    number          `json:"progress"`
	Error       text            `json:"error"`
	Filename    text            `json:"filename"`
	Size        number          `json:"file_size_bytes"`
	Type        text            `json:"job_type"`
	Credits     *number         `json:"credits_charged"`
	Created     stamp           `json:"createdAt"`
	Report      json.RawMessage `json:"report"`
	Output      output          `json:"output"`
	SourceID    text            `json:"source_job_id"`
	Source      text            `json:"source_job"`
	Simulations ids             `json:"simulations"`
	Parameters  parameters      `json:"parameters"`
}

// decodeJob reads {"data": job}; a job without the envelope is taken too.
func decodeJob(answer *wire.Answer) (job, error) {
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if err := answer.Decode(&envelope); err != nil {
		return job{}, err
	}
	body := []byte(envelope.Data)
	if len(body) == 0 || string(body) == "null" {
		body = answer.Body
	}
	var j job
	if err := json.Unmarshal(body, &j); err != nil {
		return job{}, errors.New("the answer holds no job")
	}
	return j, nil
}

// phases are the documented statuses.
var phases = map[string]uploader.Phase{
	"submitting":    uploader.Working,
	"preprocessing": uploader.Working,
	"queued":        uploader.Working,
	"running":       uploader.Working,
	"completed":     uploader.Finished,
	"failed":        uploader.Failed,
}

// SimulationType is Rigyd's name for simulations, in jobs and in its price list.
const SimulationType = "simulate_usd"

// outputs are the files that have no ZIP, in the order they are told.
var outputs = []string{"sim_video", "sim_gif", "sim_log"}

func (j job) remote() uploader.Remote {
	status := redact.Text(strings.ToLower(strings.TrimSpace(string(j.Status))))
	phase, known := phases[status]
	r := uploader.Remote{
		ID: string(j.ID), Phase: phase, Status: status, Known: known,
		Stage:    redact.Text(string(j.Stage)),
		Progress: int(min(max(j.Progress, 0), 100)),
		Filename: string(j.Filename),
		Size:     int64(min(max(j.Size, 0), 1<<53)),
		Type:     redact.Text(string(j.Type)),
		Created:  j.Created.Time,
		Report:   report(j.Report),
		Source:   string(j.SourceID),
	}
	if j.Credits != nil {
		r.Credits, r.HasCredits = float64(max(*j.Credits, 0)), true
	}
	if r.Source == "" {
		r.Source = string(j.Source)
	}
	if checkID(r.Source) != nil {
		r.Source = ""
	}
	r.Simulations = j.Simulations.list
	r.Simulation = r.Type == SimulationType || r.Source != ""
	r.Scene = redact.Text(string(j.Parameters.Scene))
	switch phase {
	case uploader.Failed:
		r.Error = redact.Text(string(j.Error))
		if r.Error == "" {
			r.Error = "the provider gave no reason"
		}
	case uploader.Finished:
		r.Progress = 100
		j.finished(&r)
	}
	return r
}

// finished tells what there is to fetch. A job whose output block is absent, as in
// a list, leaves that open.
func (j job) finished(r *uploader.Remote) {
	if j.Output == nil {
		return
	}
	r.NoMJCF = j.Output.file("mjcf_package") == ""
	for _, name := range outputs {
		if j.Output.file(name) != "" {
			r.Outputs = append(r.Outputs, name)
		}
	}
}

// report returns the report without white space, nil when there is none.
func report(raw json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if len(raw) == 0 || string(raw) == "null" || json.Compact(&b, raw) != nil {
		return nil
	}
	return b.Bytes()
}
