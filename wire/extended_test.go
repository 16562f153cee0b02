package wire

import (
	"testing"

	curve "github.com/consensys/gnark-crypto/ecc/secp256k1"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// affine is a point that is not at infinity in the coordinates of the library.
func (p *extended) affine() *curve.G1Affine {
	var q curve.G1Affine
	q.X.Div(&p.X, &p.ZZ)
	q.Y.Div(&p.Y, &p.ZZZ)
	return &q
}

func TestExtendedCoordinatesAddAsTheLibraryDoes(t *testing.T) {
	// Few points, so that equal and opposite ones meet often.
	const most = 3
	var points [2 * most]curve.G1Affine
	_, generator := curve.Generators()
	var multiple curve.G1Jac
	for i := range most {
		multiple.AddMixed(&generator)
		points[i].FromJacobian(&multiple)
		points[most+i].Neg(&points[i])
	}
	rapid.Check(t, func(t *rapid.T) {
		var got extended
		var want curve.G1Jac
		for range rapid.IntRange(0, 12).Draw(t, "points") {
			point := &points[rapid.IntRange(0, len(points)-1).Draw(t, "point")]
			got.add(point)
			want.AddMixed(point)
			require.Equal(t, want.Z.IsZero(), got.ZZ.IsZero())
			if !got.ZZ.IsZero() {
				require.Equal(t, new(curve.G1Affine).FromJacobian(&want), got.affine())
			}
		}
	})
}
