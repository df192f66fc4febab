//! One line of text being edited.

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

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text left and right of the cursor.
    pub fn split(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }
}
