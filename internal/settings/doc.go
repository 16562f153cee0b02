// Package settings is how a program is configured: every setting is declared once, with its name, default and meaning,
// and the commented file that `init` writes, the flags, the environment variables and the errors follow from there.
//
// A value comes from the file, over that from the environment (AGORA_ and the name), over that from the flags. A
// [Program] keeps its own list of settings, its typed configuration and its checks; the rest is here, with the sections
// that every daemon has.
//
// Nothing here changes after it was declared, so everything may be called from many goroutines at once.
package settings
