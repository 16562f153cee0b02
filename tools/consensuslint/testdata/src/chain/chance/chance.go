package chance

import (
	_ "crypto/rand" // want `import crypto/rand: it is random`
	_ "crypto/sha256"
	_ "hash/maphash" // want `import hash/maphash`
	_ "math/rand"    // want `import math/rand`
	_ "math/rand/v2" // want `import math/rand/v2`
)
