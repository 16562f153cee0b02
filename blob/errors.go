package blob

import (
	"errors"
	"fmt"
	"strings"
)

// Why a mirror did not give a blob, for errors.Is, besides [ErrNotFound] and
// [ErrTooLarge].
var (
	// ErrDigest: it sent something else. A mirror that does so lies, or its file is harmed.
	ErrDigest = errors.New("content has another digest")
	// ErrSlow: it was silent or sent too little for too long.
	ErrSlow = errors.New("too slow")
	// ErrStatus: it answered neither with the blob nor that it has none.
	ErrStatus = errors.New("unexpected answer")
	// ErrAddress: its address, or the one it redirects to, is not one that is asked.
	ErrAddress = errors.New("address is not usable")
)

// MirrorError is why one mirror did not give a blob.
type MirrorError struct {
	// Mirror is its address.
	Mirror string
	// Reason wraps one of the errors of this package, or is what the network says.
	Reason error
}

func (e *MirrorError) Error() string { return fmt.Sprintf("%s: %s", e.Mirror, e.Reason.Error()) }

// Unwrap returns the reason.
func (e *MirrorError) Unwrap() error { return e.Reason }

// FetchError is why nothing gave a blob: every mirror with its reason, in the order
// they were asked.
type FetchError struct {
	// What was asked for: blobs/… or items/….
	What    string
	Mirrors []*MirrorError
}

func (e *FetchError) Error() string {
	if len(e.Mirrors) == 0 {
		return fmt.Sprintf("%s is not here, and no mirror is named for it", e.What)
	}
	reasons := make([]string, len(e.Mirrors))
	for i, mirror := range e.Mirrors {
		reasons[i] = mirror.Error()
	}
	return fmt.Sprintf("no mirror gives %s: %s", e.What, strings.Join(reasons, "; "))
}

// Unwrap returns the mirrors' errors.
func (e *FetchError) Unwrap() []error {
	errs := make([]error, len(e.Mirrors))
	for i, mirror := range e.Mirrors {
		errs[i] = mirror
	}
	return errs
}
