package drop

import (
	"encoding/json"
	"io"
	"math"
)

// logEvery is how many steps lie between two lines of the log: 1/60 s.
const logEvery = 4

// head is the first line of a log.
type head struct {
	Type        string  `json:"type"` // "start"
	Engine      string  `json:"engine"`
	Asset       string  `json:"asset"`
	Scene       string  `json:"scene"`
	Note        string  `json:"note,omitempty"`
	Step        float64 `json:"step_s"`
	Gravity     float64 `json:"gravity_m_s2"`
	Mass        float64 `json:"mass_kg"`
	Friction    float64 `json:"friction"`
	Restitution float64 `json:"restitution"`
	Height      float64 `json:"height_m"`
}

// line is a state.
type line struct {
	Type        string     `json:"type"` // "state", or "end"
	Time        float64    `json:"t_s"`
	Position    [3]float64 `json:"position_m"`
	Orientation [4]float64 `json:"orientation_wxyz"`
	Velocity    [3]float64 `json:"velocity_m_s"`
	Spin        [3]float64 `json:"angular_velocity_rad_s"`
	Contacts    int        `json:"contacts"`
	Lowest      float64    `json:"lowest_point_m"`
	Energy      float64    `json:"energy_j"`
}

// tail is the last line: the final pose and the verdict.
type tail struct {
	line
	Rest    bool   `json:"came_to_rest"`
	Summary string `json:"summary"`
}

// Labels are the words of a log that do not come from the run.
type Labels struct{ Engine, Asset, Scene, Note string }

// WriteLog writes the run as JSON, one object a line: the start, the states at 60
// a second, the end with the final pose and whether it came to rest.
func (r *Run) WriteLog(w io.Writer, l Labels) error {
	enc := json.NewEncoder(w)
	first := &r.States[0]
	err := enc.Encode(head{"start", l.Engine, l.Asset, l.Scene, l.Note, Step, Gravity, r.Mass, short(r.Friction), short(r.Restitution), short(first.Lowest)})
	if err != nil {
		return err
	}
	for i := 0; i < len(r.States); i += logEvery {
		if err := enc.Encode(lineOf("state", &r.States[i])); err != nil {
			return err
		}
	}
	end := tail{line: lineOf("end", r.Last()), Rest: r.Rest, Summary: "it still moved when the time was over"}
	if r.Rest {
		end.Summary = "it came to rest"
	}
	return enc.Encode(end)
}

func lineOf(kind string, s *State) line {
	l := line{Type: kind, Time: short(s.Time), Contacts: s.Contacts, Lowest: short(s.Lowest), Energy: s.Energy}
	for k := range 3 {
		l.Position[k], l.Velocity[k], l.Spin[k] = short(s.Position[k]), short(s.Velocity[k]), short(s.Spin[k])
	}
	for k := range 4 {
		l.Orientation[k] = short(s.Orientation[k])
	}
	return l
}

// short rounds to a millionth, and −0 to 0.
func short(f float64) float64 { return math.Round(f*1e6)/1e6 + 0 }
