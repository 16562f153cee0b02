//! A scorer for short texts, and a generator of questions about the order of words.
//!
//! The score is 45 % token F1, 45 % ROUGE-L and 10 % promptness, the best over all
//! references, in integers throughout. `sdk/scorer/example` is the same in Go and gives
//! the same numbers.

use agora_scorer::{Abstain, Item, Question, Random, ONE};

/// There is nothing to compare the answer with.
const NO_REFERENCE: Abstain = Abstain(1);
/// A text has more words than the table of ROUGE-L has room for.
const TOO_LONG: Abstain = Abstain(2);

const MAX_WORDS: usize = 2048;
/// An answer that takes this long gets nothing for promptness.
const SLOW_MS: u32 = 10_000;

agora_scorer::scorer!(score);
agora_scorer::generator!(generate);

fn score(item: &Item) -> Result<u64, Abstain> {
    if item.references().all(str::is_empty) {
        return Err(NO_REFERENCE);
    }
    let answer = words(item.answer);
    let promptness = round(ONE * u64::from(SLOW_MS - item.latency_ms.min(SLOW_MS)), u64::from(SLOW_MS));
    let mut best = 0;
    for reference in item.references().filter(|text| !text.is_empty()) {
        let reference = words(reference.as_bytes());
        if answer.len() > MAX_WORDS || reference.len() > MAX_WORDS {
            return Err(TOO_LONG);
        }
        let all = (answer.len() + reference.len()) as u64;
        if all == 0 || answer.is_empty() {
            continue;
        }
        let overlap = round(2 * ONE * common(&answer, &reference), all);
        let order = round(2 * ONE * longest(&answer, &reference), all);
        best = best.max(round(45 * overlap + 45 * order + 10 * promptness, 100));
    }
    Ok(best)
}

/// A quotient, rounded half to even.
fn round(a: u64, b: u64) -> u64 {
    let (quotient, twice) = (a / b, 2 * (a % b));
    if twice > b || (twice == b && quotient % 2 == 1) {
        quotient + 1
    } else {
        quotient
    }
}

/// The words of a text: runs of ASCII letters, digits and bytes beyond ASCII, in lower
/// case as far as ASCII goes.
fn words(text: &[u8]) -> Vec<Vec<u8>> {
    text.split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(<[u8]>::to_ascii_lowercase)
        .collect()
}

/// How many words two texts share, each as often as it is in both.
fn common(a: &[Vec<u8>], b: &[Vec<u8>]) -> u64 {
    let (mut a, mut b): (Vec<_>, Vec<_>) = (a.iter().collect(), b.iter().collect());
    a.sort_unstable();
    b.sort_unstable();
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                i += 1;
                j += 1;
            }
        }
    }
    shared
}

/// The length of the longest common subsequence.
fn longest(a: &[Vec<u8>], b: &[Vec<u8>]) -> u64 {
    let mut row = vec![0u32; b.len() + 1];
    for word in a {
        let mut diagonal = 0;
        for (j, other) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if word == other { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    u64::from(row[b.len()])
}

const NOUNS: [&str; 16] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet", "juniper", "kelp", "larch", "moss",
    "nectar", "otter", "pine",
];

/// Asks for three to six words in reverse order.
fn generate(random: &mut Random) -> Result<Question, Abstain> {
    let count = 3 + random.below(4);
    let words: Vec<&str> = (0..count).map(|_| NOUNS[random.below(NOUNS.len() as u64) as usize]).collect();
    let reversed: Vec<&str> = words.iter().rev().copied().collect();
    Ok(Question {
        family: "word-order".into(),
        prompt: format!("Write these words in reverse order: {}", words.join(" ")),
        expected: reversed.join(" "),
        ..Question::default()
    })
}
