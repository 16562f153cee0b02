// Package models holds the small models that ship with Agora, inside the program:
// weights in safetensors (F16) and a card that says what they are and how well
// they answer. cmd/train made them; docs/models.md says how.
//
// The weights are pinned by sha256 in this package, so a file that was changed in
// the tree or on the way does not run. All functions may be called at any time
// from several goroutines.
package models
