package models

// The sha256 of the weights files. A retrained model changes its line here, its
// card and the golden hash in the tests.
const (
	strongSHA256 = "52323f9c5c48c99bb1d2839b825df3885c0862e3d4e94ec513f246b4668b45ab"
	weakSHA256   = "d9d0ba0a8eea7f11da5c3c54940bd14de0fd9a844379899041956237b6460433"
)
