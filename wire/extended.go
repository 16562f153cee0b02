package wire

import (
	curve "github.com/consensys/gnark-crypto/ecc/secp256k1"
	"github.com/consensys/gnark-crypto/ecc/secp256k1/fp"
)

// extended is a point of the curve in extended Jacobian coordinates: x is X/ZZ and y is Y/ZZZ, where ZZ³ is ZZZ². Both are
// zero at infinity. Adding an affine point takes ten multiplications and few additions, in Jacobian coordinates eleven and
// many.
type extended struct {
	X, Y, ZZ, ZZZ fp.Element
}

// add adds a point that is not at infinity. The formula is madd-2008-s of the Explicit-Formulas Database, for short
// Weierstrass curves in xyzz coordinates. Squares are products, which the field's library computes faster.
func (p *extended) add(q *curve.G1Affine) {
	if p.ZZ.IsZero() {
		p.X, p.Y = q.X, q.Y
		p.ZZ.SetOne()
		p.ZZZ.SetOne()
		return
	}
	var dx, dy, dx2, dx3, v fp.Element
	dx.Mul(&q.X, &p.ZZ).Sub(&dx, &p.X)
	dy.Mul(&q.Y, &p.ZZZ).Sub(&dy, &p.Y)
	if dx.IsZero() {
		if dy.IsZero() {
			p.double(q)
		} else { // one is the negative of the other
			*p = extended{}
		}
		return
	}
	dx2.Mul(&dx, &dx)
	dx3.Mul(&dx, &dx2)
	v.Mul(&p.X, &dx2)
	p.ZZ.Mul(&p.ZZ, &dx2)
	p.ZZZ.Mul(&p.ZZZ, &dx3)
	p.X.Mul(&dy, &dy).Sub(&p.X, &dx3).Sub(&p.X, &v).Sub(&p.X, &v)
	v.Sub(&v, &p.X).Mul(&v, &dy)
	dx3.Mul(&p.Y, &dx3)
	p.Y.Sub(&v, &dx3)
}

// double sets p to twice a point, which no sum of multiples needs but by the rarest chance.
func (p *extended) double(q *curve.G1Affine) {
	var twice curve.G1Jac
	twice.FromAffine(q).DoubleAssign()
	p.X, p.Y = twice.X, twice.Y
	p.ZZ.Square(&twice.Z)
	p.ZZZ.Mul(&p.ZZ, &twice.Z)
}
