//! The text that a new pane type begins with.

use crate::panetype::check;

const TEXT: &str = include_str!("scaffold.toml");

/// A type's text, for a name and a program; or what is wrong with them.
pub fn scaffold(name: &str, program: &str) -> Result<String, String> {
    let text = TEXT
        .replace("PROGRAM", &toml::Value::from(program).to_string())
        .replace("NAME_PARENT", &format!("{}_PARENT", name.to_uppercase().replace('-', "_")))
        .replace("NAME", name);
    match check(&text, name).diagnostics.into_iter().find(|diagnostic| diagnostic.is_error()) {
        Some(diagnostic) => Err(diagnostic.message),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_flawless_with_and_without_its_comments() {
        let text = scaffold("my-agent", "/opt/my \"agent\"").unwrap();
        assert_eq!(check(&text, "f").diagnostics, []);
        // What is commented out works, too.
        let uncommented: Vec<_> = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.contains(" = ") || rest.starts_with('[') => rest,
                _ => line,
            })
            .collect();
        assert_eq!(check(&uncommented.join("\n"), "f").diagnostics, []);
    }

    #[test]
    fn bad_names_are_reported() {
        for name in ["", "Upper", "a b", "a\"b", "../x"] {
            assert!(scaffold(name, "x").is_err(), "{name:?}");
        }
        assert!(scaffold("a", "").is_err());
    }
}
