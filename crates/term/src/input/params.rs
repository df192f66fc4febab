//! The parameters of a CSI sequence: numbers with separators, and modifiers among them.

use segno_base::key::Modifiers;

/// The numbers of a parameter string; missing and unreadable ones are none.
pub(super) fn numbers(params: &[u8], separator: u8) -> impl Iterator<Item = Option<u32>> {
    params.split(move |b| *b == separator).map(number)
}

/// A decimal number of at most seven digits.
pub(super) fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 7 {
        return None;
    }
    digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
}

/// Modifiers from their parameter: the bits plus one.
pub(super) fn modifiers(param: Option<u32>) -> Modifiers {
    Modifiers(param.unwrap_or(1).saturating_sub(1).min(255) as u8)
}

/// Modifiers from the last of several parameters (`5`, `1;5`), none when there is none.
pub(super) fn last_modifiers(params: &[u8]) -> Modifiers {
    modifiers(numbers(params, b';').last().flatten())
}
