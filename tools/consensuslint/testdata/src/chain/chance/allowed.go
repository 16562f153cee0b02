package chance

import (
	//consensus:allow chance the seed is the height, so every node draws alike
	_ "math/rand/v2"
)
