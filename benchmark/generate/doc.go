// Package generate holds the built-in generators of questions.
package generate
