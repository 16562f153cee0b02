package keeper_test

const (
	goldenFirst = "a8c87b54503766c9a9ef3aee0ae5250b3d894de19683a75d1dd49fafc3ccd843"
	goldenLater = "13faa0351f6de2cd634b5d66c08f583edb63e696e1647047a872acfb1dd39dcd"
)
