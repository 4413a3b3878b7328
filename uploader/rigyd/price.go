package rigyd

import "simdrop/internal/asset"

// Prices are the documented prices in credits by job type, for when the provider
// does not tell its own.
var Prices = map[string]float64{
	"glb_to_simready": 1, "text_to_simready": 2, "image_to_simready": 3, "multiview_to_simready": 3,
	SimulationType: 0,
}

// JobType is Rigyd's name for the job that an asset of the kind becomes, given
// the number of its files.
func JobType(kind asset.Kind, files int) string {
	switch {
	case kind == asset.Prompts:
		return "text_to_simready"
	case kind == asset.Images && files > 1:
		return "multiview_to_simready"
	case kind == asset.Images:
		return "image_to_simready"
	}
	return "glb_to_simready"
}
