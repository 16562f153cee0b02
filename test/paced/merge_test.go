package paced

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPatchReplacesWhatItNames(t *testing.T) {
	for _, test := range []struct{ name, document, patch, want string }{
		{"nothing", `{"a":1}`, ``, `{"a":1}`},
		{"a value deep inside", `{"a":{"b":1,"c":2}}`, `{"a":{"b":3}}`, `{"a":{"b":3,"c":2}}`},
		{"a list as a whole", `{"a":[1,2]}`, `{"a":[3]}`, `{"a":[3]}`},
		{"something new", `{"a":1}`, `{"b":{"c":2}}`, `{"a":1,"b":{"c":2}}`},
		{"null takes away", `{"a":1,"b":2}`, `{"a":null}`, `{"b":2}`},
		{"an object in place of a number", `{"a":1}`, `{"a":{"b":2}}`, `{"a":{"b":2}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := merged(json.RawMessage(test.document), json.RawMessage(test.patch))
			require.NoError(t, err)
			require.JSONEq(t, test.want, string(got))
		})
	}
}
