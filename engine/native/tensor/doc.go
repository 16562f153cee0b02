// Package tensor holds the weights of a model as a file gives them: matrices of
// float32 or of int8 blocks. It is what readers of file formats produce and what
// package decoder packs for its kernels; it computes nothing.
//
// A constructor checks everything it is given, so whoever holds a Matrix may
// index it without a further look. Matrices do not change after construction. The
// numbers of a Stored are checked when they are read.
package tensor
