// Package simulation drives x/rewards with random transactions: emission votes that are cast, changed and
// withdrawn, claims, and parameters that governance changes.
//
// A right message has to succeed, a wrong one has to be refused with the error that its fault deserves;
// anything else fails the simulation. Only tests link it.
package simulation
