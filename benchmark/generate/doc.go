// Package generate holds the built-in generators: programs that make a question with
// one checkable answer out of a [chance.Stream].
//
//	g, found := generate.Lookup("puzzle/1")
//	settings, err := g.Settings(generate.Setting{Name: "difficulty", Value: 3})
//	stream := chance.ItemStream(seed, 0)
//	q := g.Draw(&stream, "order", settings)
//
// What a generator of a name and version draws from a key never changes and is the
// same on every platform: only integers are drawn and computed with, and every loop is
// bounded. Another question for the same key is another version. [Infos] lists the
// generators with their families, settings and an example of each.
//
// Prompts are English and say in which form the answer is expected; whoever knows the
// answer can be right by that form alone. So the scorer "exact" suits all families
// with the extraction "whole", and all but notation/1 pairs, whose answers contain it,
// with "after-last-equals". Answers of extract/1 are JSON with a schema in the question.
//
// # Drawing documents
//
// continuation/1 draws passages of documents, which the caller opens, for there are
// none in this program: [DrawContinuation].
//
// All functions are pure, or as pure as the documents, and may be called concurrently.
package generate
