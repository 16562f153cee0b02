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
// Divisions round towards zero. A row's normalised weights, and the incentives and dividends of an
// epoch, therefore add up to at most 1, never to more; payouts hand the rest out by largest
// remainder. Bonds round down too, so that an old bond decays to exactly nothing.
//
// # One epoch
//
// p_i is the power of validator i, P the sum of all, A_i = p_i/P, and w_ij the weight that i gives
// to miner j, 0 where it gives none. A validator without a row is one whose weights are all 0.
//
//	weights      W_ij = w_ij / Σ_j w_ij
//	consensus    C_j  = the largest weight w in column j with Σ_i A_i·[W_ij >= w] >= κ, else 0
//	clip         W̄_ij = min(W_ij, C_j)          trust_i = Σ_j W̄_ij
//	incentive    R_j  = Σ_i A_i·W̄_ij            I_j = R_j / ΣR
//	bond weight  Wb   = W + β·(W̄ − W)
//
// [Yuma3], bonds relative to the validator itself:
//
//	bonds        B_ij = α_ij·Wb_ij + (1 − α_ij)·B_ij, for every pair, voted for or not
//	dividends    t_i  = Σ_j I_j·B_ij/Σ_i B_ij   D = normalise(t_i·A_i)
//
// [Yuma2], bonds relative to the miner, all columns normalised to 1 before and after:
//
//	bonds        B_ij = α·(Wb_ij·A_i / Σ_i Wb_ij·A_i) + (1 − α)·B_ij
//	dividends    D    = normalise(Σ_j I_j·B_ij)
//
// α is 1 − BondsMovingAverage. With liquid alpha (Yuma3 only, and only when some C_j is above 0) it
// follows the distance d between the bond weight and consensus (Wb − C, for a bond that grows) or
// the old bond (B − Wb, for one that shrinks), clamped to 0..1:
//
//	α_ij = low + (high − low) / (1 + e^(−steepness·(d − ½)))
//
// The exponential is a table of 256 powers of two with a fourth-degree polynomial between them. Its
// error is below 2^-46 (see expNegative), twelve decimal digits and more, on every architecture.
//
// # Decisions
//
// Whether a weight reaches κ is decided on whole powers, not on fractions: Σ p_i >= ⌈κ·P⌉. With κ
// one half, 50 of 100 pass and 49 do not. Two equal ratios of weights are equal after normalising
// (the division is exact to the last bit, and 62 bits tell any two different ratios of up to
// [MaxMiners] miners apart), so ties are ties.
//
// Powers whose sum does not fit 64 bits are all shifted right by the same number of bits until it
// does, and decisions are taken on what is left; nothing can overflow, whatever the input.
//
// # Cost
//
// Rows and bonds are lists in ascending column order, and everything that can be done by rows is:
// each list is walked from its beginning to its end, dense or sparse. Only consensus and rank need
// columns; for them a tile of columns at a time is turned. Consensus is a selection by value, not a
// sort: three walks over a column nearly always, eleven rounds at the very most.
package yuma
