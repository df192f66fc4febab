//! `key += [...]`: adds to a list instead of replacing it. TOML does not have that, so a text is
//! made TOML before it is read, with every byte in its place.

use std::borrow::Cow;

/// The end of the name under which what is added to a list is read: `unset += […]` is `unset-`. No
/// setting is called so.
pub const ADDED: char = '-';

/// The text as TOML.
pub fn as_toml(text: &str) -> Cow<'_, str> {
    let signs = signs(text);
    if signs.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut toml = text.to_string();
    for sign in signs {
        // A blank or the sign itself stands behind the key.
        let key = text[..sign].trim_end_matches([' ', '\t']).len();
        toml.replace_range(sign..=sign, " ");
        toml.replace_range(key..=key, "-");
    }
    Cow::Owned(toml)
}

/// The text of such TOML as its user would write it.
pub fn from_toml(toml: &str) -> String {
    let line = |line: &str| {
        let added = line.split_once('=').and_then(|(key, rest)| {
            let name = key.trim_end().strip_suffix(ADDED)?;
            let bare = |c: char| c.is_alphanumeric() || c == '_';
            (name.trim_start().chars().all(bare)).then(|| format!("{name} +={rest}"))
        });
        added.unwrap_or_else(|| line.to_string())
    };
    toml.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Where `+=` stands outside of texts and comments.
fn signs(text: &str) -> Vec<usize> {
    let (mut at, mut signs) = (0, Vec::new());
    while let Some(byte) = text.as_bytes().get(at) {
        let rest = &text.as_bytes()[at..];
        at += match byte {
            b'#' => rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
            b'"' | b'\'' => quoted(rest),
            b'+' if rest.starts_with(b"+=") => {
                signs.push(at);
                2
            }
            _ => 1,
        };
    }
    signs
}

/// How long the quoted text is that stands at the beginning. One that does not end ends with its
/// line, or with the file if it may have several.
fn quoted(text: &[u8]) -> usize {
    let quote = text[0];
    let many = text.starts_with(&[quote; 3]);
    let end: &[u8] = if many { &[quote; 3] } else { &[quote] };
    let mut at = end.len();
    while at < text.len() {
        match text[at] {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !many => return at,
            _ if text[at..].starts_with(end) => return at + end.len(),
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_sign_behind_a_key_is_changed() {
        for (text, toml) in [
            ("a += [\"x\"]", "a- = [\"x\"]"),
            ("a+=[1]", "a-=[1]"),
            ("[t]\na \t+=\t[]\n", "[t]\na-\t =\t[]\n"),
            ("a = +1 # b += c", "a = +1 # b += c"),
            ("a = \"b += c\"", "a = \"b += c\""),
            ("a = 'b\\' \nc += []", "a = 'b\\' \nc- = []"),
            ("a = \"\\\"b += c\"", "a = \"\\\"b += c\""),
            ("a = \"\"\"\nb += c\n\"\"\"\nd += []", "a = \"\"\"\nb += c\n\"\"\"\nd- = []"),
            ("a = '''\nb += c\n'''", "a = '''\nb += c\n'''"),
            ("a = \"x\nb += []", "a = \"x\nb- = []"),
        ] {
            assert_eq!(as_toml(text), toml, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_other_byte_stays_in_its_place(text in "([a-z+=\"'#\\\\ \n\t]|ä){0,40}") {
            let toml = as_toml(&text);
            prop_assert_eq!(toml.len(), text.len());
            let changed = toml.bytes().zip(text.bytes()).filter(|(a, b)| a != b);
            prop_assert!(changed.into_iter().all(|(_, b)| b" \t+".contains(&b)));
        }
    }
}
