package app_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/server/api"
	"github.com/cosmos/cosmos-sdk/server/config"

	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/docs/openapi"
)

func TestTheRESTServerHasItsDescriptionAtAFixedPath(t *testing.T) {
	chain := apptest.New(t, apptest.Options{})
	server := api.New(client.Context{}, log.NewNopLogger(), nil)
	chain.App.RegisterAPIRoutes(server, config.APIConfig{})
	recorder := httptest.NewRecorder()
	server.Router.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, openapi.Path, http.NoBody))
	require.Equal(t, http.StatusOK, recorder.Code)
	require.JSONEq(t, string(openapi.File), recorder.Body.String())
}
