//! The words of the index that begin with what was typed.
//!
//! Of the beginning of a word, the index puts all entries together before it yields the first; of
//! words that are named, it goes from entry to entry, and is asked for no more than are wanted.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;

/// Where there are more, the index is asked for the beginning: each costs a look of its own, which
/// is worth it where much would be put together. So there may be one for so many entries, within
/// these limits.
const ENTRIES: i64 = 1 << 13;
const WORDS: (usize, usize) = (16, 128);

/// Behind a word, and before all that go on.
const AFTER: char = '\u{1}';

/// Those words; `None` where there are too many.
pub fn words(db: &Connection, beginning: &str) -> Result<Option<Vec<String>>> {
    db.execute_batch(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.known USING fts5vocab(main, words, instance)",
    )?;
    let last: i64 = db
        .prepare_cached("SELECT coalesce(max(id), 0) FROM entry")?
        .query_row([], |row| row.get(0))?;
    let most = usize::try_from(last / ENTRIES).unwrap_or(0).clamp(WORDS.0, WORDS.1);
    // From word to word, without a look at what has it.
    let mut next = db.prepare_cached("SELECT term FROM temp.known WHERE term >= ? LIMIT 1")?;
    let (mut found, mut from) = (Vec::new(), beginning.to_owned());
    while found.len() <= most {
        let word: Option<String> = next.query_row([&from], |row| row.get(0)).optional()?;
        let Some(word) = word.filter(|word| word.starts_with(beginning)) else {
            return Ok(Some(found));
        };
        from = format!("{word}{AFTER}");
        found.push(word);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Scripted, archive, message, read_all};
    use segno_transcript::record::Role;

    #[test]
    fn words_are_listed_by_their_beginning_where_they_are_few() {
        let (_home, mut archive) = archive();
        let many: String = (0..=WORDS.0).map(|n| format!("many{n} ")).collect();
        let texts = ["error errors", "erro term", many.as_str(), "Errata ete"];
        let batch = texts.iter().enumerate().map(|(n, text)| {
            let id = n.to_string();
            message("c", &id, Role::User, text)
        });
        read_all(&mut archive, vec![Scripted::new("agent", "file", vec![batch.collect()])]);
        let words = |beginning| words(&archive.db, beginning).unwrap();
        assert_eq!(words("erro").unwrap(), ["erro", "error", "errors"]);
        assert_eq!(words("errorsx").unwrap(), [""; 0]);
        assert_eq!(words("t").unwrap(), ["term"]);
        assert_eq!(words("many"), None);
    }
}
