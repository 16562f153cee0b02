use crate::item::Reader;

/// The stream of a generator: xoshiro256** from the 32 bytes of the question's seed. The
/// Go package gives the same numbers.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// The stream of a seed.
    pub fn new(seed: &[u8; 32]) -> Self {
        let mut state = [0; 4];
        for (word, bytes) in state.iter_mut().zip(seed.chunks_exact(8)) {
            *word = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        }
        if state == [0; 4] {
            state[0] = 0x9e37_79b9_7f4a_7c15; // the one state that stays where it is
        }
        let mut random = Random { state };
        for _ in 0..16 {
            random.next(); // a seed with few bits set begins with small numbers
        }
        random
    }

    pub(crate) fn parse(input: &[u8]) -> Option<Self> {
        let mut reader = Reader { left: input };
        if reader.number()? != 1 {
            return None;
        }
        let seed = reader.take(32)?.try_into().ok()?;
        reader.left.is_empty().then(|| Random::new(seed))
    }

    /// The next 64 bits.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number of 0 to n-1, each equally likely; 0 if n is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        if n < 2 {
            return 0;
        }
        let reject = n.wrapping_neg() % n; // what is over after the last whole round
        loop {
            let value = self.next();
            if value >= reject {
                return value % n;
            }
        }
    }
}
