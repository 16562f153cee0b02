// Package llamacpp runs GGUF models by llama.cpp's shared library, if the user has
// it: no C compiler is needed to build Agora and the library is opened at run time.
//
// llama.cpp has no stable binary interface. Structures change between releases, and
// a wrong one does not fail but reads garbage. This driver is therefore written for
// one release, Release, and checks before it loads a model that every function is
// there and that the library fills the two structures of parameters exactly as that
// release does: the same size and the same defaults, byte by byte. Anything else is
// ErrWrongLibrary. The library's own build number is of no use: prebuilt packages
// carry "1".
//
// The numbers are llama.cpp's, not canonical ones. Keys and values are kept in
// float32 and flash attention is off, which costs a little speed and keeps the error
// to that of the weights' format; with weights in half precision, to which llama.cpp
// rounds activations too, it is a few thousandths of a nat per token.
//
// Works on linux/amd64, where structures by value are passed by a small assembly
// routine; elsewhere Open returns ErrNoLibrary and says so.
package llamacpp
