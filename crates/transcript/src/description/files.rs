//! Where files are: patterns whose beginnings depend on the environment.
//!
//! `*` is any part of a name. `{session}` and `{parent}` are that too, and say what the part is.

use regex::Regex;

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// `{user_home}`, `{config_home}`, `{data_home}`
    UserHome,
    ConfigHome,
    DataHome,
    /// `{env:NAME}`; a pattern with one that is not set stands for nothing.
    Env(String),
    /// `{directory}`: each directory in which agents were run.
    Directory,
    Any,
    /// A part of a name that is the conversation's id, or that of its parent.
    Session,
    /// `{session:8}`: so many bytes that the id begins with.
    Beginning(usize),
    Parent,
}

/// A pattern of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("a brace is left open")]
    Brace,
    #[error(
        "{{{0}}} is not known; there are user_home, config_home, data_home, env:NAME, directory, session, session:NUMBER and parent"
    )]
    Unknown(String),
    #[error("it begins neither with a slash nor with a directory in braces")]
    Relative,
    #[error("it holds a zero byte or a `..`")]
    Text,
}

impl Pattern {
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        if text.contains('\0') || text.split('/').any(|part| part == "..") {
            return Err(PatternError::Text);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '*']) {
            if at > 0 {
                pieces.push(Piece::Text(rest[..at].to_string()));
            }
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix('*') {
                pieces.push(Piece::Any);
                rest = after;
                continue;
            }
            let (name, after) = rest[1..].split_once('}').ok_or(PatternError::Brace)?;
            pieces.push(match name {
                "user_home" => Piece::UserHome,
                "config_home" => Piece::ConfigHome,
                "data_home" => Piece::DataHome,
                "directory" => Piece::Directory,
                "session" => Piece::Session,
                "parent" => Piece::Parent,
                other => {
                    let unknown = || PatternError::Unknown(other.to_string());
                    let length = |text: &str| text.parse().ok().filter(|n| (1..=64).contains(n));
                    match other.split_once(':') {
                        Some(("env", name)) if !name.is_empty() => Piece::Env(name.to_string()),
                        Some(("session", text)) => {
                            Piece::Beginning(length(text).ok_or_else(unknown)?)
                        }
                        _ => return Err(unknown()),
                    }
                }
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_string()));
        }
        let rooted = match pieces.first() {
            Some(Piece::Text(text)) => text.starts_with('/'),
            Some(Piece::Any | Piece::Session | Piece::Beginning(_) | Piece::Parent) | None => false,
            Some(_) => true,
        };
        if rooted { Ok(Pattern(pieces)) } else { Err(PatternError::Relative) }
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// What the path of such a file says, wherever the directories are that it begins with; `None`
    /// for other files.
    pub fn said_by(&self, path: &str) -> Option<Named> {
        let mut whole = String::from("^");
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => whole += &regex::escape(text),
                Piece::Session => whole += "(?<session>[^/]+?)",
                Piece::Parent => whole += "(?<parent>[^/]+?)",
                Piece::Any => whole += "[^/]*?",
                Piece::Beginning(length) => whole += &format!("[^/]{{{length}}}"),
                Piece::UserHome | Piece::ConfigHome | Piece::DataHome => whole += ".*",
                Piece::Env(_) | Piece::Directory => whole += ".*",
            }
        }
        let (whole, again) = once(whole);
        let found = Regex::new(&format!("{whole}$")).ok()?.captures(path)?;
        let said = |name: &str| found.name(name).map(|said| said.as_str().to_owned());
        let named = Named { session: said("session"), parent: said("parent") };
        // What is said twice is the same.
        let same = |n| found.name(&format!("again{n}")).map(|said| said.as_str().to_owned());
        (0..again).all(|n| same(n) == named.session).then_some(named)
    }
}

/// What a file's path says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    pub session: Option<String>,
    pub parent: Option<String>,
}

/// An expression whose groups have names of their own, and how often the session's stands again.
fn once(expression: String) -> (String, usize) {
    const GROUP: &str = "(?<session>";
    let mut parts = expression.split(GROUP);
    let mut once = parts.next().unwrap_or_default().to_owned();
    let mut again = 0;
    for (n, part) in parts.enumerate() {
        match n {
            0 => once += GROUP,
            n => {
                once += &format!("(?<again{}>", n - 1);
                again = n;
            }
        }
        once += part;
    }
    (once, again)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_its_conversation() {
        let said = |pattern: &str, path: &str| {
            let named = Pattern::parse(pattern).unwrap().said_by(path)?;
            Some((named.session.unwrap_or_default(), named.parent.unwrap_or_default()))
        };
        let of = |session: &str, parent: &str| Some((session.to_owned(), parent.to_owned()));
        assert_eq!(said("{env:X}/s/*/*_{session}.jsonl", "/a/s/b/2026_1_2.jsonl"), of("1_2", ""));
        let below = "{user_home}/p/*/{parent}/below/{session}.jsonl";
        assert_eq!(said(below, "/h/p/x/one/below/two.jsonl"), of("two", "one"));
        assert_eq!(said("{user_home}/p/*/{session}.jsonl", "/h/p/x/one/below/two.jsonl"), None);
        assert_eq!(said("{data_home}/{session}/{session}.json", "/x/a/a.json"), of("a", ""));
        assert_eq!(said("{data_home}/{session}/{session}.json", "/x/a/b.json"), None);
    }

    #[test]
    fn a_pattern_is_pieces() {
        let pattern = Pattern::parse("{env:A_HOME}/x-*/{session}.jsonl").unwrap();
        let text = |text: &str| Piece::Text(text.to_string());
        assert_eq!(
            pattern.pieces(),
            [
                Piece::Env("A_HOME".into()),
                text("/x-"),
                Piece::Any,
                text("/"),
                Piece::Session,
                text(".jsonl"),
            ]
        );
        for (text, why) in [
            ("{user_home", PatternError::Brace),
            ("{home}/x", PatternError::Unknown("home".into())),
            ("/x/{session:0}", PatternError::Unknown("session:0".into())),
            ("{env:}/x", PatternError::Unknown("env:".into())),
            ("x/*", PatternError::Relative),
            ("{session}/x", PatternError::Relative),
            ("", PatternError::Relative),
            ("{user_home}/../x", PatternError::Text),
        ] {
            assert_eq!(Pattern::parse(text), Err(why), "{text}");
        }
    }
}
