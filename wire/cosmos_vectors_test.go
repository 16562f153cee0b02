package wire

var cosmosVectors = []struct {
	seed                                byte
	address, pubKey, message, signature string
}{
	{
		1, "agora10xcqpzrky6eff2g52qdye53xkk9jxkvrymqh7g",
		"031b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f", "message 1",
		"ed4c123cc7f3a489c74251f67298812abdeb8bbd54118108783d6b323dfdcabe1a0f0b7861c1a0602b612b7c02eb6feaac16b22c4ed17a1ae50d8f4d47db0784",
	},
	{
		2, "agora1a0qwuze2h85zw7nqpsj3ga0z9geyrgwpjyaey9",
		"024d4b6cd1361032ca9bd2aeb9d900aa4d45d9ead80ac9423374c451a7254d0766", "message 2",
		"362afb6e59d79139d0740e4df09da87477a3bc5b344f5c489498fabfa5f7d5c12552831ed8fef841eec9ee3b026704d1a17247a4f4a65ca4f4e05df561073af0",
	},
	{
		77, "agora1kjqvey9uqf9fgud0as9sjc6dsn96ravevueqhg",
		"0371102fc86b5c576c72f411e083cc03eb83d1b55065406ba2a483208dbb5074ab", "message 77",
		"10cdb57bf02cc8c20b3f5cd47306eba1af9a3daa760aef8595eac981eec73cc705c9057ed93b65a08e0d8ee2e9fbbe6209d77c544c1c25635b1b0765600d22dd",
	},
}
