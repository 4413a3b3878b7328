package control

import "time"

// reasonTexts are what the reasons of held jobs mean to a person.
var reasonTexts = map[string]string{
	"existing":   "it was there before the first run",
	"approval":   "many drops arrived together",
	"budget":     "the budget is spent",
	"credits":    "the provider has no credits left",
	"key":        "the provider refuses the key",
	"companions": "files it refers to are missing",
	"ambiguous":  "it is not known whether the provider accepted it",
	"deadline":   "the provider takes longer than give_up_after",
	"edited":     "its result was edited since",
	"paused":     "submissions are paused",
}

// Why is one line on why the job is where it is, for a person; "" when there is
// nothing to say.
func (j Job) Why(now time.Time) string {
	switch {
	case j.State == Held && j.Error == "":
		if text, ok := reasonTexts[j.Reason]; ok {
			return text
		}
		return j.Reason
	case j.State == Done || j.State == Cancelled:
		return ""
	case j.Error != "" && j.NextAttempt != nil && j.NextAttempt.After(now):
		return j.Error + "; tries again in " + j.NextAttempt.Sub(now).Round(time.Second).String()
	case j.Error != "":
		return j.Error
	case j.State == Queued && j.NextAttempt != nil && j.NextAttempt.After(now):
		return "due in " + j.NextAttempt.Sub(now).Round(time.Second).String()
	}
	return j.Stage
}
