use std::borrow::Cow;

/// What a scorer sees of one item. Texts of the question are UTF-8; the answer may be
/// any bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// What the miner was asked.
    pub prompt: &'a str,
    /// The right answer or the reference.
    pub expected: &'a str,
    /// Further right answers or references.
    pub alternatives: Vec<&'a str>,
    /// What the question carries for its scorer.
    pub data: &'a str,
    /// The program that goes with the question.
    pub tests: &'a str,
    /// What the miner answered.
    pub answer: &'a [u8],
    /// How long the answer took, in milliseconds.
    pub latency_ms: u32,
    /// How many tokens it has.
    pub tokens: u32,
}

impl<'a> Item<'a> {
    /// Reads the input of a scorer, or nothing if it is not of the ABI `agora/1`.
    pub fn parse(input: &'a [u8]) -> Option<Self> {
        let mut reader = Reader { left: input };
        if reader.number()? != 1 {
            return None;
        }
        let prompt = reader.text()?;
        let expected = reader.text()?;
        let count = reader.number()? as usize;
        if count > reader.left.len() / 4 {
            return None;
        }
        let mut alternatives = Vec::with_capacity(count);
        for _ in 0..count {
            alternatives.push(reader.text()?);
        }
        let item = Item {
            prompt,
            expected,
            alternatives,
            data: reader.text()?,
            tests: reader.text()?,
            answer: reader.bytes()?,
            latency_ms: reader.number()?,
            tokens: reader.number()?,
        };
        reader.left.is_empty().then_some(item)
    }

    /// The right answers: the expected one, then the alternatives.
    pub fn references(&self) -> impl Iterator<Item = &'a str> + '_ {
        std::iter::once(self.expected).chain(self.alternatives.iter().copied())
    }

    /// The answer as text; bytes that are no UTF-8 become U+FFFD.
    pub fn answer_text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.answer)
    }
}

/// Reads little-endian numbers and texts with their lengths.
pub(crate) struct Reader<'a> {
    pub(crate) left: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        if count > self.left.len() {
            return None;
        }
        let (taken, left) = self.left.split_at(count);
        self.left = left;
        Some(taken)
    }

    pub(crate) fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        self.take(length)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }
}
