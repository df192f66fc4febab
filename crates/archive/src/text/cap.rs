//! Long output, cut to its head and its tail.

use std::borrow::Cow;

/// Stands where something was cut out.
pub const GAP: &str = "\n[…]\n";

/// Of a tool's output, this much is indexed, and of what was said or asked of it, that much.
pub const OUTPUT_MAX: usize = 16 << 10;
pub const SAID_MAX: usize = 64 << 10;

/// At most `max` bytes of it, plus the gap: two thirds from its beginning, one from its end.
pub fn head_and_tail(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    let head = text.floor_char_boundary(max / 3 * 2);
    let tail = text.ceil_char_boundary(text.len() - max / 3);
    Cow::Owned([&text[..head], GAP, &text[tail..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_what_does_not_keeps_both_ends() {
        assert_eq!(head_and_tail("short", 100), "short");
        let cut = head_and_tail("ééééééééééééééééé end", 12);
        assert!(cut.starts_with("éé") && cut.ends_with("end") && cut.contains(GAP), "{cut}");
    }
}
