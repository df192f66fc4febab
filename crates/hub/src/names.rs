//! What clients of other services call things: data, in `clients.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Default, Deserialize)]
struct Names {
    scope_header: String,
    agents: BTreeMap<String, String>,
}

static NAMES: LazyLock<Names> =
    LazyLock::new(|| toml::from_str(include_str!("../clients.toml")).unwrap_or_default());

/// The name of an agent's type, by what a client calls it.
pub fn agent(called: &str) -> &str {
    NAMES.agents.get(called).map_or(called, String::as_str)
}

/// The header by which a client picks a workspace.
pub fn scope_header() -> &'static str {
    &NAMES.scope_header
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_read_and_others_stay() {
        assert!(super::NAMES.agents.len() > 4);
        assert!(super::scope_header().starts_with("x-"));
        assert_eq!(super::agent("somebody"), "somebody");
        assert!(!super::agent("").is_empty());
    }
}
