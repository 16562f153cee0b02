// Command train makes and measures the small models that ship with Agora.
//
//	train fit  --model strong --out DIR     learn a model; run again to go on
//	train eval FILE|NAME                    measure a model through the engine
//
// A model learns the questions of the default benchmark (generator basics/1) from
// scratch; docs/models.md has the recipe, the figures and the cost. Built with
// GOEXPERIMENT=simd it trains several times faster on CPUs with AVX-512.
package main
