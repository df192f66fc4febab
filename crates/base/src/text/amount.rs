//! Amounts of bytes, for people.

/// `0 B` … `999 B`, `1 KB`, `280 KB`, `1.2 MB`: powers of 1000, rounded down.
pub fn amount(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        let shown = [0, 999, 1_000, 280_512, 999_999, 1_000_000, 8_388_608].map(amount);
        assert_eq!(shown, ["0 B", "999 B", "1 KB", "280 KB", "999 KB", "1.0 MB", "8.3 MB"]);
    }
}
