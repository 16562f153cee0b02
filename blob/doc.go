// Package blob brings files to daemons by their digest: shards of data sets, modules
// of the sandbox, openings of sealed sets. A [Fetcher] tries the disk, then mirrors; a
// [Store] is the disk; [NewHandler] makes a daemon a mirror for others.
//
// # Mirrors
//
// A mirror is the base of an https address below which lie
//
//	blobs/<sha256>          a file, by 64 lower-case hexadecimal digits
//	items/<root>/<index>    an opening of a sealed set, see benchmark/dataset
//
// Any web server can be one. Mirrors are named by strangers, so a fetcher trusts
// nothing of them: what comes is checked against its digest while it comes, its size
// and its slowness are bounded, only public addresses are dialled, redirects included,
// and no proxy of the environment is used. Other schemes (ipfs, s3, file) are not
// known: name a gateway that speaks https.
//
// # Concurrency
//
// Everything here may be used by many goroutines. The folder of a [Store] belongs to
// one process.
package blob
