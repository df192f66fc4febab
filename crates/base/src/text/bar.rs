//! Bars of text, for figures to be compared at a glance.

/// The eighths of a column.
const PARTS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// A bar as long as `amount` is of `most`, of at most so many columns. What is more than nothing
/// is seen.
pub fn bar(amount: f64, most: f64, columns: usize) -> String {
    if amount.is_nan() || most.is_nan() || amount <= 0.0 || most <= 0.0 || columns == 0 {
        return String::new();
    }
    let eighths = ((amount / most).min(1.0) * columns as f64 * 8.0).round().max(1.0) as usize;
    let part = (eighths % 8).checked_sub(1).map(|part| PARTS[part]);
    "█".repeat(eighths / 8) + &part.map(String::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(bar(1.0, 1.0, 4), "████");
        assert_eq!(bar(0.5, 1.0, 4), "██");
        assert_eq!(bar(0.3, 1.0, 4), "█▎");
        assert_eq!(bar(0.0001, 1.0, 4), "▏");
        assert_eq!(bar(9.0, 1.0, 2), "██");
        for (amount, most) in [(0.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (-1.0, 1.0)] {
            assert_eq!(bar(amount, most, 4), "");
        }
    }
}
