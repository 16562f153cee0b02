package openapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/docs/openapi"
)

type document struct {
	Info  struct{ Title, Version string }
	Paths map[string]map[string]struct {
		Summary     string
		OperationID string `json:"operationId"`
	}
	Definitions map[string]json.RawMessage
}

func read(t *testing.T) (doc document) {
	t.Helper()
	require.NoError(t, json.Unmarshal(openapi.File, &doc))
	return doc
}

func TestEveryOperationHasASummaryAndAnIDOfItsOwn(t *testing.T) {
	doc := read(t)
	require.Equal(t, "Agora", doc.Info.Title)
	paths := map[string]string{}
	for path, operations := range doc.Paths {
		for method, operation := range operations {
			require.Equal(t, "get", method, path)
			require.NotEmpty(t, operation.Summary, path)
			require.NotContains(t, paths, operation.OperationID, "%s: name one of the two in proto/openapi.yaml", path)
			paths[operation.OperationID] = path
		}
	}
}

func TestEveryRouteOfTheProtoFilesIsDescribed(t *testing.T) {
	doc := read(t)
	for _, file := range []string{"../../proto/agora/subnet/v1/query.proto", "../../proto/agora/rewards/v1/query.proto"} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		routes := regexp.MustCompile(`google\.api\.http\)\.get = "([^"]+)"`).FindAllStringSubmatch(string(source), -1)
		require.Len(t, routes, strings.Count(string(source), "\n  rpc "), "every query of %s has a route", file)
		for _, route := range routes {
			require.Contains(t, doc.Paths, route[1], "make proto writes the file anew")
		}
	}
}

func TestEveryReferenceLeadsToADefinition(t *testing.T) {
	doc := read(t)
	for _, reference := range regexp.MustCompile(`"\$ref": "#/definitions/([^"]+)"`).FindAllStringSubmatch(string(openapi.File), -1) {
		require.Contains(t, doc.Definitions, reference[1])
	}
}

func TestTheFileIsServedAsJSON(t *testing.T) {
	recorder := httptest.NewRecorder()
	openapi.Serve(recorder, httptest.NewRequest(http.MethodGet, openapi.Path, http.NoBody))
	require.Equal(t, http.StatusOK, recorder.Code)
	require.Equal(t, "application/json", recorder.Header().Get("Content-Type"))
	require.Equal(t, openapi.File, recorder.Body.Bytes())
}
