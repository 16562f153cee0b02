//! Scorers and generators for benchmarks of Agora, as WebAssembly modules.
//!
//! A scorer is a function of an [`Item`], a generator one of a [`Random`] stream. The
//! macros [`scorer!`] and [`generator!`] export them by the ABI `agora/1`. Build the
//! crate as a `cdylib` for `wasm32-unknown-unknown`.
//!
//! A module sees nothing but its input. What it returns must depend on that input alone,
//! not on the calls before: compute with integers, keep no state.
//!
//! ```
//! use agora_scorer::{Abstain, Item, ONE};
//!
//! fn score(item: &Item) -> Result<u64, Abstain> {
//!     if item.expected.is_empty() {
//!         return Err(Abstain(1)); // nothing to compare with: no score, not zero
//!     }
//!     Ok(if item.answer == item.expected.as_bytes() { ONE } else { 0 })
//! }
//!
//! agora_scorer::scorer!(score);
//! ```

mod item;
mod question;
mod random;

pub use item::Item;
pub use question::Question;
pub use random::Random;

/// The best score, 1, in the units of 1e-9 in which scores are written.
pub const ONE: u64 = 1_000_000_000;

/// The module has no result and the number, 1 to 1e9, says why. It is the author's own
/// number; [`MALFORMED`] is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abstain(pub u32);

/// The code with which a module abstains when its input is not of the ABI `agora/1`.
pub const MALFORMED: u32 = 1_000_000_000;

/// Exports a function `fn(&Item) -> Result<u64, Abstain>` as the module's scorer.
#[macro_export]
macro_rules! scorer {
    ($score:path) => {
        #[no_mangle]
        pub extern "C" fn agora_score(input: *const u8, length: usize) -> i64 {
            $crate::abi::score(input, length, $score)
        }
    };
}

/// Exports a function `fn(&mut Random) -> Result<Question, Abstain>` as the module's
/// generator.
#[macro_export]
macro_rules! generator {
    ($generate:path) => {
        #[no_mangle]
        pub extern "C" fn agora_generate(input: *const u8, length: usize) -> i64 {
            $crate::abi::generate(input, length, $generate)
        }
    };
}

/// What the macros call.
#[doc(hidden)]
pub mod abi {
    use super::{Abstain, Item, Question, Random, MALFORMED, ONE};
    use std::cell::UnsafeCell;

    /// One buffer for a kind of use, which grows and stays. A module has one thread.
    struct Buffer(UnsafeCell<Vec<u8>>);

    unsafe impl Sync for Buffer {}

    static INPUT: Buffer = Buffer(UnsafeCell::new(Vec::new()));
    static OUTPUT: Buffer = Buffer(UnsafeCell::new(Vec::new()));

    /// Where the host may write an input of so many bytes. It is the same place for the
    /// next input.
    #[no_mangle]
    pub extern "C" fn agora_alloc(size: usize) -> *mut u8 {
        // There is one thread, and no input is read while the host asks for room.
        let buffer = unsafe { &mut *INPUT.0.get() };
        buffer.clear();
        buffer.reserve(size.max(1));
        buffer.as_mut_ptr()
    }

    fn abstain(reason: Abstain) -> i64 {
        -i64::from(reason.0.clamp(1, MALFORMED))
    }

    pub fn score(input: *const u8, length: usize, score: fn(&Item) -> Result<u64, Abstain>) -> i64 {
        // The host wrote length bytes where agora_alloc told it.
        let bytes = unsafe { std::slice::from_raw_parts(input, length) };
        match Item::parse(bytes).map_or(Err(Abstain(MALFORMED)), |item| score(&item)) {
            Ok(score) => score.min(ONE) as i64,
            Err(reason) => abstain(reason),
        }
    }

    pub fn generate(
        input: *const u8,
        length: usize,
        generate: fn(&mut Random) -> Result<Question, Abstain>,
    ) -> i64 {
        // As above.
        let bytes = unsafe { std::slice::from_raw_parts(input, length) };
        match Random::parse(bytes).map_or(Err(Abstain(MALFORMED)), |mut random| generate(&mut random)) {
            Ok(question) => {
                let output = unsafe { &mut *OUTPUT.0.get() };
                output.clear();
                question.write(output);
                (output.as_ptr() as i64) << 32 | output.len() as i64
            }
            Err(reason) => abstain(reason),
        }
    }
}
