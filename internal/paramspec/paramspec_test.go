package paramspec_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/paramspec"
)

type pair struct{ width, height uint64 }

var specs = []paramspec.Spec[pair]{
	{Name: "width", Min: 2, Max: 5, Unit: "metres", Get: func(p *pair) uint64 { return p.width }, Set: func(p *pair, v uint64) { p.width = v }},
	{Name: "height", Min: 0, Max: 9, Unit: "feet", Get: func(p *pair) uint64 { return p.height }, Set: func(p *pair, v uint64) { p.height = v }},
}

func TestTheFirstValueOutOfItsRangeIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		params pair
		want   string
	}{
		"the least values":        {pair{2, 0}, ""},
		"the greatest values":     {pair{5, 9}, ""},
		"one below":               {pair{1, 0}, "width is 1, its range is 2 to 5 metres"},
		"one above":               {pair{2, 10}, "height is 10, its range is 0 to 9 feet"},
		"both out of their range": {pair{6, 10}, "width is 6, its range is 2 to 5 metres"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, paramspec.Wrong(specs, &c.params))
		})
	}
}
