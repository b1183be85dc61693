//! How many tokens a text takes, roughly: for budgets of what models are shown. No tokenizer: `docs/mcp.md` says what one of others made of the same text.

/// Bytes that make one token of schemas and descriptions. Lower than what tokenizers of today reach, so that the estimate errs on
/// the side of too many.
const BYTES: f64 = 3.6;

/// About how many tokens a text of JSON and English takes.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an estimate of a length"
)]
pub fn estimated_tokens(text: &str) -> usize {
    (text.len() as f64 / BYTES).ceil() as usize
}
