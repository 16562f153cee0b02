// Command consensuslint checks consensus code under go vet:
//
//	go vet -vettool=.cache/bin/consensuslint ./x/... ./app/...
//
// Package consensuslint describes the rules and how to allow an exception.
package main

import (
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/agora-network/agora/tools/consensuslint"
)

func main() {
	unitchecker.Main(consensuslint.Analyzers()...)
}
