//! What others wrote, on its way into a model: nothing in it steers a terminal, and no secret is
//! shown.

use serde_json::Value;

use segno_archive::secrets;
use segno_base::text::plain_text;

/// A text without control characters, its secrets hidden.
pub fn text(text: &str) -> String {
    secrets::hidden(&plain_text::lines(text))
}

/// The same for every text in it.
pub fn value(value: Value) -> Value {
    match value {
        Value::String(s) => Value::String(text(&s)),
        Value::Array(items) => items.into_iter().map(self::value).collect(),
        Value::Object(entries) => {
            entries.into_iter().map(|(key, v)| (plain_text::line(&key), self::value(v))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_of_others_steers_a_terminal_or_shows_a_secret() {
        let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
        let dirty =
            json!({ "title": "a\u{1b}]0;x\u{7}b\u{202e}", "list": [format!("token {token}")] });
        let clean = value(dirty);
        assert_eq!(clean["title"], "a]0;xb");
        assert_eq!(clean["list"][0], "token [hidden]");
    }
}
