//! What somebody meant by a name that nothing has.

/// From 0 to 1: less is another name.
const ALIKE: f64 = 0.6;
/// A shorter beginning of a name could mean anything.
const BEGINNING_MIN: usize = 2;

/// The name that is most like the one given, if one is.
pub fn similar<'n>(given: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let given = given.to_lowercase();
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        let begins = given.chars().count() >= BEGINNING_MIN && name.starts_with(&given);
        if begins { 1.0 } else { strsim::normalized_damerau_levenshtein(&given, &name) }
    };
    let likely = names.into_iter().map(|name| (name, likeness(name)));
    let likely = likely.filter(|(_, likeness)| *likeness >= ALIKE);
    likely.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(name, _)| name)
}

/// The end of a message about an unknown name: what was meant, else where the names are listed.
pub fn hint<'n>(given: &str, names: impl IntoIterator<Item = &'n str>, listed: &str) -> String {
    match similar(given, names) {
        Some(name) => format!("did you mean {name:?}?"),
        None => listed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_and_a_beginning_are_understood_and_another_word_is_not() {
        let names = ["builder", "editor", "shell"];
        assert_eq!(similar("buidler", names), Some("builder"));
        assert_eq!(similar("Shel", names), Some("shell"));
        assert_eq!(similar("ed", names), Some("editor"));
        assert_eq!(similar("e", names), None);
        assert_eq!(similar("review", names), None);
        assert_eq!(hint("x", names, "see `ls`"), "see `ls`");
    }
}
