package models

// The sha256 of the weights files. A retrained model changes its line here, its
// card and the golden hash in the tests.
const (
	strongSHA256 = "94b20b4def51d4bd1b16d66dcb7abe218de57a308f509acd5c0d99dd5d1681be"
	fairSHA256   = "aa1b542a891d1085b7dbae37b5467980ea6d1ad2c2349c88f162db3ba31c2ec8"
	weakSHA256   = "d9d0ba0a8eea7f11da5c3c54940bd14de0fd9a844379899041956237b6460433"
)
