//! What the pieces of a line of code are: comments, texts, words of the language. By the grammars
//! of the `bat` project; of a hunk, whose surroundings are not known, as well as one can.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use two_face::re_exports::syntect::parsing::{
    ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet,
};

use super::shown;
use segno_worktree::diff::{FileDiff, Hunk, Side};

/// Longer lines, in bytes, are made by programs, and take programs' patience.
const LINE_MAX: usize = 1000;
/// Of a hunk, so many lines are looked at.
const LINES_MAX: usize = 5000;

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Comment,
    Text,
    Constant,
    Keyword,
    Name,
}

impl Token {
    /// Its colour, by the terminal's own palette: what is removed and added is red and green.
    pub fn sgr(self) -> &'static str {
        match self {
            Token::Comment => "2",
            Token::Text => "33",
            Token::Constant => "36",
            Token::Keyword => "35",
            Token::Name => "34",
        }
    }
}

/// A piece of a line as [`shown`], in bytes.
pub type Piece = (Range<usize>, Token);

/// The pieces of each line of a hunk; lines that were not looked at have none.
pub type Pieces = Vec<Vec<Piece>>;

/// The languages.
#[derive(Debug)]
pub struct Syntax {
    languages: SyntaxSet,
    kinds: Vec<(Scope, Option<Token>)>,
}

impl Syntax {
    pub fn load() -> Syntax {
        let kinds = KINDS.iter().filter_map(|(name, token)| Some((Scope::new(name).ok()?, *token)));
        Syntax { languages: two_face::syntax::extra_newlines(), kinds: kinds.collect() }
    }

    /// Looks at a hunk, for so long at most. Nothing where the language is not known.
    pub fn pieces(&self, file: &FileDiff, hunk: &Hunk, patience: Duration) -> Pieces {
        let end = Instant::now() + patience;
        let Some(language) = self.language(file.path(), hunk) else { return Vec::new() };
        let (mut old, mut new) = (Reader::new(language), Reader::new(language));
        let mut pieces = Vec::new();
        for line in hunk.lines.iter().take(LINES_MAX) {
            if Instant::now() > end {
                break;
            }
            let text = shown(&line.text);
            pieces.push(match line.side {
                Side::Old => self.read(&mut old, &text),
                Side::New => self.read(&mut new, &text),
                Side::Both => {
                    self.read(&mut old, &text);
                    self.read(&mut new, &text)
                }
            });
        }
        pieces
    }

    /// By the file's name, what follows its last dot, or its first line.
    fn language(&self, path: &Path, hunk: &Hunk) -> Option<&SyntaxReference> {
        let of = |part: Option<&std::ffi::OsStr>| {
            self.languages.find_syntax_by_extension(&part?.to_string_lossy())
        };
        let named = of(path.file_name()).or_else(|| of(path.extension()));
        let found = named.or_else(|| {
            let is_first = hunk.new.0 <= 1;
            let line = hunk.lines.first().filter(|line| is_first && line.text.len() < LINE_MAX)?;
            self.languages.find_syntax_by_first_line(&shown(&line.text))
        });
        // In a text that is in no language, what was added and removed has the colours.
        found.filter(|language| language.name != self.languages.find_syntax_plain_text().name)
    }

    fn read(&self, reader: &mut Reader, text: &str) -> Vec<Piece> {
        if text.len() > LINE_MAX {
            return Vec::new();
        }
        let line = format!("{text}\n");
        let Ok(changes) = reader.state.parse_line(&line, &self.languages) else {
            return Vec::new();
        };
        let mut pieces: Vec<Piece> = Vec::new();
        let mut from = 0;
        for (at, change) in changes {
            let at = at.min(text.len());
            self.push(&mut pieces, from..at, &reader.scopes);
            from = at;
            if reader.scopes.apply(&change).is_err() {
                break;
            }
        }
        self.push(&mut pieces, from..text.len(), &reader.scopes);
        pieces
    }

    fn push(&self, pieces: &mut Vec<Piece>, at: Range<usize>, scopes: &ScopeStack) {
        let Some(token) = self.token(scopes).filter(|_| !at.is_empty()) else { return };
        match pieces.last_mut() {
            Some((last, same)) if *same == token && last.end == at.start => last.end = at.end,
            _ => pieces.push((at, token)),
        }
    }

    /// By the innermost scope that says something.
    fn token(&self, scopes: &ScopeStack) -> Option<Token> {
        let of = |scope: &Scope| self.kinds.iter().find(|(kind, _)| kind.is_prefix_of(*scope));
        scopes.as_slice().iter().rev().find_map(of).and_then(|(_, token)| *token)
    }
}

/// Names of scopes, as all grammars use them; longer ones first.
const KINDS: &[(&str, Option<Token>)] = &[
    ("keyword.operator", None),
    ("meta.interpolation", None),
    ("meta.template.expression", None),
    ("comment", Some(Token::Comment)),
    ("string", Some(Token::Text)),
    ("constant", Some(Token::Constant)),
    ("keyword", Some(Token::Keyword)),
    ("storage", Some(Token::Keyword)),
    ("entity.name.tag", Some(Token::Keyword)),
    ("entity.name", Some(Token::Name)),
    ("support", Some(Token::Name)),
    ("markup.heading", Some(Token::Keyword)),
    ("markup.raw", Some(Token::Text)),
    ("variable.language", Some(Token::Keyword)),
];

/// Where one is in a language.
struct Reader {
    state: ParseState,
    scopes: ScopeStack,
}

impl Reader {
    fn new(language: &SyntaxReference) -> Reader {
        Reader { state: ParseState::new(language), scopes: ScopeStack::new() }
    }
}

/// A text with its pieces in colour, all of it in a style: a number of SGR, or nothing.
pub fn painted(text: &str, pieces: &[Piece], style: &str) -> String {
    let style = if style.is_empty() { String::new() } else { format!("\x1b[{style}m") };
    let mut out = style.clone();
    let mut from = 0;
    for (at, token) in pieces {
        let (Some(before), Some(piece)) = (text.get(from..at.start), text.get(at.clone())) else {
            break;
        };
        out.push_str(before);
        out.push_str(&format!("\x1b[{}m{piece}\x1b[0m{style}", token.sgr()));
        from = at.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    if !style.is_empty() {
        out.push_str("\x1b[0m");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::rows::tests::diff;

    fn read(syntax: &Syntax, name: &str, lines: &[&str]) -> Vec<Vec<(String, Token)>> {
        let mut diff = diff(lines);
        let mut file = diff.files.remove(0);
        file.new = Some(name.into());
        let pieces = syntax.pieces(&file, &file.hunks[0], Duration::from_secs(60));
        let of = |(line, pieces): (&&str, Vec<Piece>)| {
            let text = shown(&line.as_bytes()[1..]);
            pieces.into_iter().map(|(at, token)| (text[at].to_string(), token)).collect()
        };
        lines.iter().zip(pieces).map(of).collect()
    }

    #[test]
    fn keywords_texts_and_comments_differ_on_each_side() {
        let lines = [" /* one", "-two */ let a = 1;", "+three", " four */ let b = \"x\";"];
        let read = read(&Syntax::load(), "a.rs", &lines);
        let of = |line: usize, text: &str| {
            read[line].iter().find(|(piece, _)| piece.contains(text)).map(|(_, token)| *token)
        };
        assert_eq!(of(1, "let"), Some(Token::Keyword));
        assert_eq!(of(1, "1"), Some(Token::Constant));
        assert_eq!(of(2, "three"), Some(Token::Comment));
        assert_eq!(of(3, "four"), Some(Token::Comment));
        assert_eq!(of(3, "x"), Some(Token::Text));
    }

    #[test]
    fn what_agents_write_most_is_known() {
        let syntax = Syntax::load();
        for (name, line) in [
            ("a.py", "+def f():"),
            ("a.ts", "+const a = 1;"),
            ("a.tsx", "+const a = 1;"),
            ("a.go", "+func f() {}"),
            ("a.toml", "+[a]"),
            ("a.json", "+{\"a\": 1}"),
            ("a.yaml", "+a: 'b'"),
            ("a.sh", "+if true; then echo 'a'; fi"),
            ("Dockerfile", "+FROM a"),
            ("Makefile", "+a: b # c"),
            ("a.md", "+# a"),
            ("a.css", "+a { color: red; }"),
            ("a.html", "+<a href='b'>"),
            ("a.c", "+int f(void) { return 0; }"),
        ] {
            assert!(!read(&syntax, name, &[line])[0].is_empty(), "{name}");
        }
        assert_eq!(read(&syntax, "a.unknown", &["+if"]), Vec::<Vec<_>>::new());
    }

    #[test]
    fn colours_enclose_pieces_and_lose_nothing() {
        let pieces = [(0..2, Token::Keyword), (3..4, Token::Text), (9..12, Token::Name)];
        assert_eq!(painted("if ä", &pieces[..1], "2"), "\x1b[2m\x1b[35mif\x1b[0m\x1b[2m ä\x1b[0m");
        assert_eq!(painted("if ä", &pieces, ""), "\x1b[35mif\x1b[0m ä");
    }
}
