package rigyd

import (
	"net/http"
	"testing"

	"simdrop/uploader"
	"simdrop/uploader/providertest"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T, baseURL string, rt http.RoundTripper) (uploader.Provider, error) {
		return New(Options{Name: "rigyd", BaseURL: baseURL, Key: func() string { return providertest.Key },
			Version: "test", Transport: rt, Logger: providertest.Logger(t)})
	})
}
