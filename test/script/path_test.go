package script

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPathsFindValues(t *testing.T) {
	document, err := decode(`{"tally": {"subnets": [
		{"netuid": 1, "power": "18446744073709551615"}, {"netuid": 2, "power": "7"}], "done": true}, "fees": ["3uagora", "4uagora"]}`)
	require.NoError(t, err)
	for _, test := range []struct{ name, assignment, want string }{
		{"an element chosen by a field", "x=tally.subnets[netuid=2].power", "7"},
		{"an element chosen by its place", "x=tally.subnets[0].netuid", "1"},
		{"a truth", "x=tally.done", "true"},
		{"the sum of a list", "x+=tally.subnets[].power", "18446744073709551622"},
		{"the sum of coins", "x+=fees[]", "7"},
		{"the sum of what is not there", "x+=tally.subnets[netuid=3].power", "0"},
		{"the sum of a list that was left out", "x+=tally.validators[].power", "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, ok := parseAssignment(test.assignment)
			require.True(t, ok)
			value, err := a.value(document)
			require.NoError(t, err)
			require.Equal(t, test.want, value)
		})
	}
	for _, test := range []struct{ name, assignment, want string }{
		{"nothing there", "x=tally.subnets[netuid=3].power", "leads to 0 values"},
		{"several values where one is wanted", "x=tally.subnets[].power", "leads to 2 values"},
		{"a whole object", "x=tally", "no plain value"},
		{"elements of an object", "x=tally[0]", "no list before"},
		{"a path that is none", "x=tally..done", "cannot be read"},
		{"a sum of truths", "x+=tally.done", "no amount"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, ok := parseAssignment(test.assignment)
			require.True(t, ok)
			_, err := a.value(document)
			require.ErrorContains(t, err, test.want)
		})
	}
	_, ok := parseAssignment("agorad")
	require.False(t, ok)
	_, ok = parseAssignment(`{"netuid":1}=2`)
	require.False(t, ok)
}
