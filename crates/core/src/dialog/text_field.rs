//! One line of text being edited.

use segno_base::key::{KeyCode, KeyEvent, Modifiers};

/// The longest text, in bytes.
const MAX: usize = 4096;

/// A line and the place of its cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextField {
    text: String,
    /// A byte offset, always on a character boundary.
    cursor: usize,
}

impl TextField {
    pub fn new(text: impl Into<String>) -> TextField {
        let text = text.into();
        TextField { cursor: text.len(), text }
    }

    /// A field with its cursor between two texts.
    pub(super) fn at(left: String, right: &str) -> TextField {
        TextField { cursor: left.len(), text: left + right }
    }

    /// A field with all of a text; none: it has several lines, or is too long for one.
    pub fn whole(text: &str) -> Option<TextField> {
        let fits = text.len() <= MAX && !text.chars().any(char::is_control);
        fits.then(|| TextField::new(text))
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text left and right of the cursor.
    pub fn split(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    /// Types a text at the cursor, without its control characters.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text.chars().filter(|c| !c.is_control()).collect();
        if self.text.len() + clean.len() <= MAX {
            self.text.insert_str(self.cursor, &clean);
            self.cursor += clean.len();
        }
    }

    /// Edits by a key, in the ways of a shell's line; false when the key means nothing here.
    pub fn key(&mut self, event: &KeyEvent) -> bool {
        let before = |text: &str| text.chars().next_back().map_or(0, char::len_utf8);
        let after = |text: &str| text.chars().next().map_or(0, char::len_utf8);
        let (left, right) = self.text.split_at(self.cursor);
        let mods = event.key.mods.without(Modifiers::CAPS_LOCK).without(Modifiers::NUM_LOCK);
        match (event.key.code, mods) {
            (KeyCode::Left, _) => self.cursor -= before(left),
            (KeyCode::Right, _) => self.cursor += after(right),
            (KeyCode::Home, _) | (KeyCode::Char('a'), Modifiers::CTRL) => self.cursor = 0,
            (KeyCode::End, _) | (KeyCode::Char('e'), Modifiers::CTRL) => {
                self.cursor = self.text.len();
            }
            (KeyCode::Backspace, _) => {
                let start = self.cursor - before(left);
                self.text.replace_range(start..self.cursor, "");
                self.cursor = start;
            }
            (KeyCode::Delete, _) => {
                let end = self.cursor + after(right);
                self.text.replace_range(self.cursor..end, "");
            }
            (KeyCode::Char('u'), Modifiers::CTRL) => {
                self.text.replace_range(..self.cursor, "");
                self.cursor = 0;
            }
            (KeyCode::Char('k'), Modifiers::CTRL) => self.text.truncate(self.cursor),
            (KeyCode::Char('w'), Modifiers::CTRL) => {
                let kept = left.trim_end().rfind([' ', '/']).map_or(0, |at| at + 1);
                self.text.replace_range(kept..self.cursor, "");
                self.cursor = kept;
            }
            (KeyCode::Char(c), Modifiers::NONE | Modifiers::SHIFT) => {
                let typed = event.text.clone().unwrap_or_else(|| c.to_string());
                self.insert(&typed);
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use segno_base::key::Key;

    fn press(field: &mut TextField, keys: &[&str]) {
        for key in keys {
            field.key(&KeyEvent::from(key.parse::<Key>().unwrap()));
        }
    }

    #[test]
    fn it_edits_like_a_shell() {
        let mut field = TextField::new("/home/user/work");
        press(&mut field, &["ctrl+w"]);
        assert_eq!(field.text(), "/home/user/");
        press(&mut field, &["ctrl+a", "x", "é", "left", "delete", "end", "backspace"]);
        assert_eq!(field.text(), "x/home/user");
        press(&mut field, &["ctrl+u"]);
        assert_eq!(field.text(), "");
    }

    proptest! {
        #[test]
        fn no_keys_break_it(keys in prop::collection::vec(prop::sample::select(vec![
            "a", "é", "漢", "left", "right", "home", "end", "backspace", "delete", "ctrl+w", "ctrl+k", "ctrl+u", "space", "/",
        ]), 0..60)) {
            let mut field = TextField::new("ä b/ç");
            press(&mut field, &keys);
            let (left, right) = field.split();
            prop_assert_eq!(format!("{left}{right}"), field.text());
        }
    }
}
