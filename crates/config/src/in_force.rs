//! What of the user's texts is in force, so that a bad line in a new text leaves the old value.
//!
//! Works on any TOML: a finding's place says which value it belongs to, and for that value the one
//! that was in force before is taken instead.

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use crate::reader;
use segno_base::text::diagnostic::Reports;

/// What is in force of the user's texts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InForce {
    pub settings: Table,
    pub keys: Table,
}

/// What is in force after a text was read: its values, and for those with errors the ones before.
pub(super) fn after(text: &str, reports: &Reports<'_>, before: &Table) -> Table {
    let parsed = reader::parse(text, &mut Reports::new("", text));
    let mut now = table(parsed.get_ref());
    for &offset in reports.error_starts() {
        let path = match place(parsed.get_ref(), offset) {
            Some(Place::Value(path)) => path,
            // Whoever reads the list leaves it out again.
            Some(Place::Item) => continue,
            None => match path_in_line(text, offset) {
                Some(path) => path,
                None => continue,
            },
        };
        remove(&mut now, &path);
        if let Some(value) = get(before, &path) {
            put(&mut now, &path, value.clone());
        }
    }
    now
}

/// A table as TOML text; one that cannot be written says nothing.
pub(super) fn text(table: &Table) -> String {
    toml::to_string(table).unwrap_or_default()
}

fn table(from: &DeTable<'_>) -> Table {
    let value = |(key, value): (&Spanned<toml::de::DeString<'_>>, &Spanned<DeValue<'_>>)| {
        Some((key.get_ref().to_string(), plain(value.get_ref())?))
    };
    from.iter().filter_map(value).collect()
}

fn plain(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(_) => Value::Integer(reader::integer(value)?),
        DeValue::Float(number) => Value::Float(number.as_str().parse().ok()?),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(when) => Value::Datetime(*when),
        DeValue::Array(items) => {
            Value::Array(items.iter().filter_map(|item| plain(item.get_ref())).collect())
        }
        DeValue::Table(below) => Value::Table(table(below)),
    })
}

/// What a byte belongs to.
enum Place {
    /// A value, by its path.
    Value(Vec<String>),
    /// One item of a list.
    Item,
}

fn place(table: &DeTable<'_>, offset: usize) -> Option<Place> {
    for (key, value) in table {
        let name = key.get_ref().to_string();
        match value.get_ref() {
            DeValue::Table(below) => match place(below, offset) {
                Some(Place::Value(rest)) => return Some(Place::Value([vec![name], rest].concat())),
                Some(Place::Item) => return Some(Place::Item),
                None => {}
            },
            DeValue::Array(_) if offset > value.span().start && offset < value.span().end => {
                return Some(Place::Item);
            }
            _ => {}
        }
        let inline = !matches!(value.get_ref(), DeValue::Table(_));
        let end = if inline { value.span().end } else { key.span().end };
        if (key.span().start..end).contains(&offset) {
            return Some(Place::Value(vec![name]));
        }
    }
    None
}

/// The path that a line which is no TOML seems to set: what stands before its `=`, below the last
/// heading before it.
fn path_in_line(text: &str, offset: usize) -> Option<Vec<String>> {
    let before = text.get(..offset.min(text.len()))?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let (key, _) = text[start..].lines().next()?.split_once('=')?;
    let unquoted = |part: &str| part.trim().trim_matches(['"', '\'']).to_string();
    let heading = text[..start].lines().rev().map(str::trim).find(|line| line.starts_with('['));
    let heading = heading.unwrap_or("").trim_matches(['[', ']']);
    let mut path: Vec<String> =
        heading.split('.').filter(|part| !part.is_empty()).map(unquoted).collect();
    path.push(unquoted(key));
    Some(path)
}

fn get<'t>(table: &'t Table, path: &[String]) -> Option<&'t Value> {
    let (last, tables) = path.split_last()?;
    let mut at = table;
    for name in tables {
        at = at.get(name)?.as_table()?;
    }
    at.get(last)
}

fn remove(table: &mut Table, path: &[String]) {
    let Some((last, tables)) = path.split_last() else { return };
    let mut at = table;
    for name in tables {
        let Some(Value::Table(below)) = at.get_mut(name) else { return };
        at = below;
    }
    at.remove(last);
}

fn put(table: &mut Table, path: &[String], value: Value) {
    let Some((last, tables)) = path.split_last() else { return };
    let mut at = table;
    for name in tables {
        let below = at.entry(name.clone()).or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(below) = below else { return };
        at = below;
    }
    at.insert(last.clone(), value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Source};

    /// Loads one settings text after another.
    fn load(texts: &[&str]) -> (Config, Vec<String>) {
        let mut before = InForce::default();
        let mut last = None;
        for text in texts {
            let source = Source { text, file: "f" };
            let (config, now, diagnostics) = Config::resolve(Some(source), None, &before);
            before = now;
            last = Some((config, diagnostics.iter().map(ToString::to_string).collect()));
        }
        last.unwrap()
    }

    #[test]
    fn a_broken_text_means_the_same_when_it_is_read_again() {
        let text =
            "[environment]\nunset += [\"A_*\" = \"]\n[[on]]\nevent = [n_release = tru\"x\"]\n";
        let source = Some(Source { text, file: "f" });
        let (first, in_force, _) = Config::resolve(source, None, &InForce::default());
        let (again, ..) = Config::resolve(source, None, &in_force);
        assert_eq!(first, again);
    }

    #[test]
    fn a_bad_line_keeps_the_old_value() {
        let good = "[general]\nscrollback_lines = 500\nescape_time_ms = 7\n";
        for bad in ["scrollback_lines = \"many\"", "scrollback_lines = ", "scrollback_lines = -1"] {
            let text = format!("[general]\n{bad}\nescape_time_ms = 8\n");
            let (config, diagnostics) = load(&[good, &text]);
            assert_eq!(config.general.scrollback_lines, 500, "{bad}");
            assert_eq!(config.general.escape_time_ms, 8, "{bad}");
            assert!(diagnostics[0].starts_with("f:2:"), "{diagnostics:?}");
            // And again, and until the line is gone.
            let (config, _) = load(&[good, &text, &text]);
            assert_eq!(config.general.scrollback_lines, 500, "{bad}");
            let (config, _) = load(&[good, &text, "[general]\n"]);
            assert_eq!(config.general.scrollback_lines, 10_000, "{bad}");
        }
    }

    #[test]
    fn at_first_a_bad_line_leaves_the_default() {
        let (config, _) = load(&["[general]\nscrollback_lines = 0.5\n"]);
        assert_eq!(config.general.scrollback_lines, 10_000);
    }

    #[test]
    fn keys_keep_their_old_meaning_too() {
        let read = |text, before: &InForce| {
            Config::resolve(None, Some(Source { text, file: "k" }), before)
        };
        let good = "prefix = \"ctrl+a\"\n[after_prefix]\n\"q\" = \"zoom\"\n";
        let (_, now, diagnostics) = read(good, &InForce::default());
        assert_eq!(diagnostics, []);
        let bad = "prefix = \"ctrl+\"\n[after_prefix]\n\"q\" = \"zoomm\"\n\"e\" = \"tree\"\n";
        let (config, _, diagnostics) = read(bad, &now);
        assert_eq!(diagnostics.len(), 2, "{diagnostics:?}");
        let command = |key: &str| config.keys.command_after_prefix(key.parse().unwrap());
        assert_eq!(config.keys.prefix.to_string(), "ctrl+a");
        assert_eq!(command("q").map(|c| c.name()), Some("zoom"));
        assert_eq!(command("e").map(|c| c.name()), Some("tree"));
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(a in "[a-z\\[\\]=.\"\n 0-9]{0,80}", b in "[a-z\\[\\]=.\"\n 0-9]{0,80}") {
            load(&[&a, &b]);
        }
    }
}
