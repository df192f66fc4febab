//! What others call an agent: data, in `names.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

static NAMES: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| toml::from_str(include_str!("../names.toml")).unwrap_or_default());

/// The name of an agent's type, by what a client of another service calls it.
pub fn agent(called: &str) -> &str {
    NAMES.get(called).map_or(called, String::as_str)
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_read_and_others_stay() {
        assert!(super::NAMES.len() > 4);
        assert_eq!(super::agent("somebody"), "somebody");
        assert!(!super::agent("").is_empty());
    }
}
