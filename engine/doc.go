// Package engine is the one narrow door behind which models run. A driver
// (engine/native for models computed in this process, engine/openai for an
// upstream server) implements Engine; everything else in Agora asks through it.
//
// Engines are safe for concurrent use. A driver bounds the work it accepts and
// says ErrBusy instead of queueing without end; the caller decides about
// waiting. Package enginetest holds the tests that every driver passes.
package engine
