package yuma

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzRun(f *testing.F) {
	f.Add(uint8(3), uint8(3), uint8(7), []byte{1, 2, 3, 255, 255, 9, 0, 0, 8, 4, 200, 17})
	f.Fuzz(func(t *testing.T, v, m, flags uint8, data []byte) {
		validators, miners := int(v%40), int(m%40)
		next := func() uint64 {
			if len(data) == 0 {
				return 0
			}
			b := uint64(data[0])
			data = data[1:]
			return b * 0x0101010101010101
		}
		in := Input{Miners: miners, Powers: make([]uint64, validators), Weights: make([]Weights, validators), Bonds: make([]Bonds, validators)}
		for i := range validators {
			in.Powers[i] = next()
			for j := range miners {
				if w := uint16(next()); w != 0 {
					in.Weights[i].Columns, in.Weights[i].Values = append(in.Weights[i].Columns, uint32(j)), append(in.Weights[i].Values, w)
				}
				if b := next(); b != 0 {
					in.Bonds[i].Columns, in.Bonds[i].Values = append(in.Bonds[i].Columns, uint32(j)), append(in.Bonds[i].Values, b%(BondOne+1))
				}
			}
		}
		p := DefaultParams()
		p.Variant = Yuma2 + Variant(flags&1)
		p.LiquidAlpha = flags&2 != 0
		p.BondsPenalty = Ratio(uint64(flags), 255)
		p.Kappa = Ratio(next()&0xff, 255)
		res, err := Run(p, in)
		require.NoError(t, err)
		for _, row := range res.Bonds {
			require.NoError(t, validateColumns(row.Columns, len(row.Values), miners, nil))
		}
		// What comes out must go in again.
		in.Bonds = res.Bonds
		_, err = Run(p, in)
		require.NoError(t, err)
	})
}
