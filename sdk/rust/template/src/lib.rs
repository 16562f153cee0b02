//! A scorer to begin with: the answer must be the expected text, and early answers are
//! worth more.

use agora_scorer::{Abstain, Item, ONE};

agora_scorer::scorer!(score);

/// There is nothing to compare the answer with.
const NO_REFERENCE: Abstain = Abstain(1);

fn score(item: &Item) -> Result<u64, Abstain> {
    if item.references().all(str::is_empty) {
        return Err(NO_REFERENCE); // no score, which is not zero
    }
    let answer = item.answer_text();
    let right = item.references().any(|reference| !reference.is_empty() && reference == answer.trim());
    if !right {
        return Ok(0);
    }
    // Nine tenths for the answer, one tenth for less than ten seconds.
    let early = u64::from(10_000 - item.latency_ms.min(10_000));
    Ok(ONE / 10 * 9 + ONE / 10 * early / 10_000)
}
