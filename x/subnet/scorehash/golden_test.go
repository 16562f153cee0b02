package scorehash_test

// Computed by an independent implementation from the description of Encode.
const (
	goldenThree = "826cd2fbebb62299a77c0f20a6c0260c0b14d3a34819c54fd31fcf39e1ea219e"
	goldenEmpty = "b21f2f638be207d1fa5da54c0ea76114c721ac7e3c72d763d5b539ea6d8a5e8d"
	goldenLong  = "ae5160f56304faa25780295d7c12a0172584ba3b79d0b691ee9b6d1ca30a54c6"
)
