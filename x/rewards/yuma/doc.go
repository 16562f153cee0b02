// Package yuma computes one epoch of Yuma consensus: validators' weights over miners become
// consensus, incentive, trust, bonds and dividends.
//
// It is pure: integers in, integers out, no store, no clock, no map, no goroutine, no floating
// point, nothing but the standard library. The same input gives the same bits on every machine.
// A Workspace may be reused for any number of epochs, by one goroutine at a time.
//
// # Numbers
//
// Fractions are [Fixed]: unsigned with 62 fractional bits, so that 1 is representable and a sum or
// a difference of two never overflows. Bonds are kept with 48 fractional bits ([BondOne] is 1),
// which is what the chain stores between epochs; running from stored bonds and running on without
// storing are therefore the same computation. Products are 128 bits wide (math/bits). Ranks and
// dividends are summed exactly, as power x fraction in 128 bits, and divided once at the end: the
// order of validators and of miners cannot change a result, not even in the last bit.
//
// # One epoch
//
// p_i is the power of validator i, P the sum of all, A_i = p_i/P, and w_ij the weight that i gives
// to miner j, 0 where it gives none. A validator without a row is one whose weights are all 0. What
// is divided by a sum of 0 is 0. ⌊ ⌋ rounds down to a whole number of 2^-62, ⌊ ⌋48 of 2^-48; what
// has neither is exact, but for the quotients in inner parentheses: each is one division of 64 bits,
// made once for a column and rounded down.
//
//	(1) weights      W_ij = ⌊w_ij / Σ_j w_ij⌋
//	(2) consensus    C_j  = the largest weight w in column j with Σ_i p_i·[W_ij >= w] >= ⌈κ·P⌉, else 0
//	(3) clip         W̄_ij = min(W_ij, C_j)          trust_i = Σ_j W̄_ij
//	(4) incentive    R_j  = Σ_i p_i·W̄_ij            I_j = ⌊R_j / ΣR⌋
//	(5) bond weight  Wb   = W − ⌊β·(W − W̄)⌋
//
// [Yuma3], bonds relative to the validator itself:
//
//	(6) bonds        B_ij = ⌊α_ij·Wb_ij + (1 − α_ij)·B_ij⌋48, for every pair, voted for or not
//	(7) dividends    t_i  = Σ_j ⌊B_ij·(I_j / Σ_i B_ij)⌋    D_i = ⌊t_i·p_i / Σ t·p⌋
//
// [Yuma2], bonds relative to the miner, all columns normalised to 1 before and after:
//
//	(8) bonds        B_ij = ⌊⌊Q_ij·(α / ΣQ_j)⌋ + ⌊B_ij·((1 − α) / ΣB_j)⌋⌋48 with Q_ij = p_i·Wb_ij
//	(9) dividends    t_i  = Σ_j ⌊B_ij·I_j⌋                 D_i = ⌊t_i / Σt⌋
//
// A column of (8) that has only claims Q, or only old bonds, belongs to them whole: α, or 1 − α, is
// taken as 1 unless it is 0. So the two parts of a column always add up to 1 and need not be
// normalised a second time.
//
// α is 1 − BondsMovingAverage. With liquid alpha (Yuma3 only, and only when some C_j is above 0) it
// follows the distance d between the bond weight and consensus (Wb − C, for a bond that grows) or
// the old bond (B − Wb, for one that shrinks), clamped to 0..1:
//
//	(10) alpha       α_ij = low + (high − low) / (1 + e^(−steepness·(d − ½)))
//
// The exponential is a table of 256 powers of two with a fourth-degree polynomial between them.
//
// # Rounding and error
//
// All divisions round towards zero. A row's normalised weights, and the incentives and dividends of
// an epoch, therefore add up to at most 1, never to more; payouts hand the rest out by largest
// remainder. Bonds round down too, so that an old bond decays to exactly nothing.
//
// With u = 2^-62, about 2.2e-19, and S = ΣR/P, the part of all weights that is in consensus:
//
//   - A weight and a consensus are less than u too small, a trust less than M·u.
//   - An incentive is off by less than (1 + M·I_j)·u/S + 4u: it is a quotient of two sums of weights.
//   - A bond is rounded by less than 2^-48 (3.6e-15) in an epoch, and what was rounded before fades
//     with 1 − α: less than 2^-48/α in all. Its part of a column of Yuma 3 is off by that times
//     (1 + V·part) over the sum of the column. For 128 x 4,096 at α = 0.1 this is about 2e-12, and
//     dividends are weighted means of such parts.
//   - e^-x is within 2^-46 of itself (see expNegative), α within (high − low)·2^-46, about 1.4e-14.
//
// Two things are out of reach. A bond below 2^-48 is none: it matters only where every bond of a
// column is that small, say with a low of 0 and a steepness in the hundreds. And powers whose sum
// does not fit 64 bits are all shifted right by the same number of bits until it does; decisions are
// taken on what is left. Nothing can overflow, whatever the input.
//
// # Decisions
//
// Whether a weight reaches κ is decided on whole powers, not on fractions. With κ one half, 50 of
// 100 pass and 49 do not. Two equal ratios of weights are equal after normalising (the division is
// exact to the last bit, and 62 bits tell any two different ratios of up to [MaxMiners] miners
// apart), so ties are ties.
//
// # Cost
//
// Rows and bonds are lists in ascending column order, and everything that can be done by rows is:
// each list is walked from its beginning to its end, dense or sparse, three times in all. Only (2)
// and (4) need columns; for them a tile of columns at a time is turned. Consensus is a selection by
// value, not a sort: nearly always three walks over a column, sixteen rounds at the very most.
package yuma
