//! Answers of a bounded size: pages of lists and of texts, with a cursor for the next one.

use serde_json::Value;

use crate::failure::Failure;

/// Bytes of JSON or of text that one answer may have: some thousand tokens.
pub const BYTES: usize = 24 * 1024;
/// Characters of a text within a list.
const IN_A_LIST: usize = 2000;

/// Where a page begins.
pub fn begin(cursor: Option<&str>) -> Result<usize, Failure> {
    let Some(cursor) = cursor else { return Ok(0) };
    cursor.strip_prefix('@').and_then(|n| n.parse().ok()).ok_or_else(|| {
        Failure::arguments("no such cursor")
            .todo("use `next` of the answer before, or leave it out")
    })
}

fn cursor(at: usize) -> String {
    format!("@{at}")
}

/// Items from there on, at most so many and at most [`BYTES`] of them; and the cursor behind them.
pub fn list(items: Vec<Value>, from: usize, limit: usize) -> (Vec<Value>, Option<String>) {
    let total = items.len();
    let mut bytes = 0;
    let mut page = Vec::new();
    for item in items.into_iter().skip(from).take(limit.max(1)) {
        let item = shorten(item, IN_A_LIST);
        bytes += item.to_string().len();
        if bytes > BYTES && !page.is_empty() {
            break;
        }
        page.push(item);
    }
    let end = from.saturating_add(page.len());
    (page, (end < total).then(|| cursor(end)))
}

/// Every text in it cut to so many characters.
pub fn shorten(value: Value, characters: usize) -> Value {
    match value {
        Value::String(text) => match text.char_indices().nth(characters) {
            Some((at, _)) => {
                let more = text[at..].chars().count();
                Value::String(format!("{}… [{more} more characters]", &text[..at]))
            }
            None => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(|item| shorten(item, characters)).collect(),
        Value::Object(entries) => {
            entries.into_iter().map(|(key, v)| (key, shorten(v, characters))).collect()
        }
        other => other,
    }
}

/// The last lines of a text, without so many at its end that were shown before; and the cursor
/// before them.
pub fn tail(text: &str, skip: usize) -> (String, Option<String>) {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.len().saturating_sub(skip);
    let mut begin = end;
    let mut bytes = 0;
    while begin > 0 && (bytes + lines[begin - 1].len() < BYTES || begin == end) {
        begin -= 1;
        bytes += lines[begin].len() + 1;
    }
    let mut shown = lines[begin..end].join("\n");
    if let Some((at, _)) = shown.char_indices().nth(BYTES) {
        shown.truncate(at);
    }
    (shown, (begin > 0).then(|| cursor(lines.len() - begin)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_item_is_on_one_page() {
        let items: Vec<Value> =
            (0..100).map(|n| json!({ "n": n, "text": "x".repeat(900) })).collect();
        let (mut seen, mut next) = (Vec::new(), None);
        loop {
            let from = begin(next.as_deref()).unwrap();
            let (page, after) = list(items.clone(), from, 50);
            assert!(!page.is_empty() && json!(page).to_string().len() < BYTES + 1000);
            seen.extend(page);
            next = after;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(seen, items);
        assert!(begin(Some("-1")).is_err());
    }

    #[test]
    fn a_text_is_read_from_its_end() {
        let text = (0..5000).map(|n| format!("line {n}\n")).collect::<String>();
        let (last, next) = tail(&text, 0);
        assert!(last.ends_with("line 4999") && last.len() <= BYTES);
        let (before, _) = tail(&text, begin(next.as_deref()).unwrap());
        let first: usize = last.lines().next().unwrap()[5..].parse().unwrap();
        assert!(before.ends_with(&format!("line {}", first - 1)));
        let huge = "ä".repeat(BYTES * 3);
        assert!(tail(&huge, 0).0.len() <= BYTES * 4);
        assert_eq!(tail("", 0), (String::new(), None));
    }
}
