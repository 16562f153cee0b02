/// What a generator makes: what is asked and what is needed to score an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The kind of question, for reports; at most 64 bytes, may be empty.
    pub family: String,
    /// The text of the user's message, never empty.
    pub prompt: String,
    /// The right answer or the reference.
    pub expected: String,
    /// Further right answers or references, at most 16.
    pub alternatives: Vec<String>,
    /// The program that the scorer "tests" runs against an answer.
    pub tests: String,
    /// The JSON schema that the scorer "json-schema" holds an answer to.
    pub schema: String,
    /// Whatever else a scorer of the author needs.
    pub data: String,
}

impl Question {
    /// Appends the question as JSON, empty fields left out.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        field(out, "family", &self.family);
        field(out, "prompt", &self.prompt);
        field(out, "expected", &self.expected);
        if !self.alternatives.is_empty() {
            name(out, "alternatives");
            out.push(b'[');
            for (i, alternative) in self.alternatives.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                text(out, alternative);
            }
            out.push(b']');
        }
        field(out, "tests", &self.tests);
        field(out, "schema", &self.schema);
        field(out, "data", &self.data);
        out.push(b'}');
    }
}

fn field(out: &mut Vec<u8>, key: &str, value: &str) {
    if !value.is_empty() {
        name(out, key);
        text(out, value);
    }
}

fn name(out: &mut Vec<u8>, key: &str) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    text(out, key);
    out.push(b':');
}

fn text(out: &mut Vec<u8>, value: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for byte in value.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..=0x1f => out.extend_from_slice(&[b'\\', b'u', b'0', b'0', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
