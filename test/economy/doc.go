// Package economy tests the economy of a running network from end to end, with the real programs: who votes
// where emission goes, what each subnet gets for it, and that every coin can be found again.
//
// The story is testdata/script/economy.txtar. Its figures are whole numbers of uagora, read from the chain at
// one height and computed with exactly. There is no code here but tests, and the commands that the script has
// besides those of testscript and of package script (commands_test.go).
package economy
