package scorehash_test

// Computed by an independent implementation from the description of Encode.
const (
	goldenThree = "a1c3f73b43f01a3de7915c5e9c2a6afa73ea124cf04ed3f52a91dea420ca2693"
	goldenEmpty = "65ebf7d61c8fe12e00d2b04218d31be08518d753392a0a2355fdfe533cae7bb7"
	goldenLong  = "c9c3adf254536f847786bc59ca7441c5ea5286b2871bd64fc8026a0d39170878"
)
