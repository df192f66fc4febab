//! Generations of a program that need different things: how they are distinguished.
//!
//! Pure: what the program printed comes in.

use segno_base::text::expression::Expression;

/// The longest answer that is looked at and shown, in characters.
const SHOWN_MAX: usize = 80;

/// How a program says which generation it is.
#[derive(Debug, Clone)]
pub struct GenerationRule {
    /// What makes it print its version.
    pub args: Vec<String>,
    /// What it is taken for when it does not say, or says something unknown.
    pub default: String,
    /// The others, with what they print; the first that fits.
    pub known: Vec<(String, Expression)>,
}

/// What a program is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    pub name: String,
    /// For people.
    pub why: String,
}

impl GenerationRule {
    /// What the program is, going by what it printed; `None`: it printed nothing that can be used.
    pub fn of(&self, printed: Option<&str>) -> Generation {
        let asked = self.args.join(" ");
        let said = printed.map(|text| crate::event::one_line(text, SHOWN_MAX));
        let Some(said) = said.filter(|said| !said.is_empty()) else {
            return self.assumed(&format!("it does not answer to `{asked}`"));
        };
        let why = format!("`{asked}` says {said:?}");
        let known = self.known.iter().find(|(_, regex)| regex.is_match(&said));
        let name = known.map_or(&self.default, |(name, _)| name);
        Generation { name: name.clone(), why }
    }

    /// What it is taken for until it is known.
    pub fn assumed(&self, why: &str) -> Generation {
        Generation { name: self.default.clone(), why: format!("assumed: {why}") }
    }

    /// Whether there is a generation of this name.
    pub fn has(&self, name: &str) -> bool {
        self.default == name || self.known.iter().any(|(known, _)| known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_decides_and_silence_means_the_default() {
        let known = vec![("2".to_string(), Expression::new(r"^(agent )?v?2\.").unwrap())];
        let rule = GenerationRule { args: vec!["--version".into()], default: "1".into(), known };
        let name = |printed| rule.of(printed).name;
        assert_eq!(name(Some("agent v2.0.7\n")), "2");
        assert_eq!(name(Some("2.1.0")), "2");
        for other in ["1.18.33\n", "1.2.3", "12.0", "agent", "\u{1b}\n", ""] {
            assert_eq!(name(Some(other)), "1", "{other:?}");
        }
        assert_eq!(name(None), "1");
        assert_eq!(rule.of(Some("1.18\n")).why, "`--version` says \"1.18\"");
        assert_eq!(rule.of(None).why, "assumed: it does not answer to `--version`");
        assert!(rule.has("1") && rule.has("2") && !rule.has("3"));
    }
}
