// Package config is every setting of the miner daemon: its name, default and meaning are declared once, in [Program],
// and the file that `miner init` writes, the flags, the environment variables and the checks follow from there.
//
// A value comes from the file, over that from the environment (AGORA_ and the name), over that from the flags.
package config
