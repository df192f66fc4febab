//! The index over what was said: which entry has which word, and which title.

use crate::database::{Dialect, Session, Value};
use crate::error::Result;
use segno_archive::text::cap::{OUTPUT_MAX, SAID_MAX, head_and_tail};
use segno_archive::text::fold;

/// The longest word that PostgreSQL indexes, in bytes.
const WORD_MAX: usize = 2000;

/// An entry's words, set apart by spaces.
pub fn words(main: &str, side: &str) -> String {
    let (said, output) = (head_and_tail(main, SAID_MAX), head_and_tail(side, OUTPUT_MAX));
    spaced(&fold::for_index(&[&said, &output]))
}

/// A title's.
pub fn title(title: &str) -> String {
    spaced(&fold::for_index(&[title]))
}

/// Split where the local archive's index splits: at whatever of ASCII is no letter or digit.
fn spaced(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii();
    let mut spaced = String::with_capacity(text.len());
    for word in text.split(|c| !is_word(c)).filter(|word| !word.is_empty()) {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        let word = &word[..word.floor_char_boundary(WORD_MAX)];
        spaced.extend(word.chars().map(|c| c.to_ascii_lowercase()));
    }
    spaced
}

/// The column and the value, the fifteenth, by which an entry's words are in its row; none where
/// the index stands beside it.
pub fn with_entry(dialect: Dialect) -> (&'static str, &'static str) {
    match dialect {
        Dialect::Sqlite => ("", ""),
        Dialect::Postgresql => (", words", ", array_to_tsvector(string_to_array($15, ' '))"),
    }
}

/// Notes an entry's words, where they do not stand in its row.
pub fn entry(session: &mut dyn Session, id: i64, words: String) -> Result<()> {
    match session.dialect() {
        Dialect::Sqlite => put(session, "words", id, words),
        Dialect::Postgresql => Ok(()),
    }
}

/// Notes the words of a conversation's title.
pub fn conversation(session: &mut dyn Session, id: i64, words: String) -> Result<()> {
    match session.dialect() {
        Dialect::Sqlite => put(session, "titles", id, words),
        Dialect::Postgresql => {
            let sql = "UPDATE conversation SET words = array_to_tsvector(string_to_array($2, ' '))
                       WHERE id = $1";
            session.execute(sql, &[id.into(), words.into()]).map(drop)
        }
    }
}

fn put(session: &mut dyn Session, index: &str, id: i64, words: String) -> Result<()> {
    let values: [Value; 2] = [id.into(), words.into()];
    session.execute(&format!("DELETE FROM {index} WHERE rowid = $1"), &values[..1])?;
    let sql = format!("INSERT INTO {index} (rowid, text) VALUES ($1, $2)");
    session.execute(&sql, &values).map(drop)
}

/// Forgets the words of conversations, before those are deleted. `which` is a condition of `c`.
pub fn forget(session: &mut dyn Session, which: &str, values: &[Value]) -> Result<()> {
    if session.dialect() == Dialect::Postgresql {
        return Ok(());
    }
    let of = format!("SELECT c.id FROM conversation c WHERE {which}");
    let sql = format!(
        "DELETE FROM words WHERE rowid IN (SELECT id FROM entry WHERE conversation IN ({of}))"
    );
    session.execute(&sql, values)?;
    session.execute(&format!("DELETE FROM titles WHERE rowid IN ({of})"), values)?;
    Ok(())
}
