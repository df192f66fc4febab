//! What is shown of a review and what a key does to it. Pure: what is to be done to files and panes
//! is answered as an [`Action`].

use std::collections::HashMap;
use std::path::PathBuf;

use super::comments::{Comment, Outcome};
use super::rows::{Row, number, rows};
use crate::show::worktree::syntax::Pieces;
use segno_base::key::{Key, KeyCode, KeyEvent, KeyPhase};
use segno_worktree::diff::{Diff, FileDiff, Hunk, Side};

/// From so many columns on both sides stand beside each other.
const WIDE: u16 = 120;
/// Rows of the page that are no lines: what is said, and the keys.
pub const MARGINS: usize = 2;

/// A review.
#[derive(Debug, Default)]
pub struct Review {
    pub diff: Diff,
    /// What is what in the code of the hunks that were looked at.
    pub pieces: HashMap<(usize, usize), Pieces>,
    pub rows: Vec<Row>,
    /// The row that the cursor is on.
    pub at: usize,
    /// The first row that is shown.
    pub top: usize,
    /// Where lines were begun to be marked.
    pub mark: Option<usize>,
    pub comments: Vec<Comment>,
    /// What became of each comment.
    pub outcomes: Vec<Option<Outcome>>,
    /// A comment that is being typed.
    pub typing: Option<Comment>,
    /// The agent's pane, if there is one.
    pub pane: Option<String>,
    /// What was done, or why not.
    pub said: String,
    /// A hunk is to be reverted, if that is confirmed.
    pub asks: bool,
    pub wide: bool,
    /// Rows that lines can be on.
    pub height: usize,
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Nothing,
    /// The comments have changed.
    Keep,
    /// Give all that are not sent to the agent.
    Send,
    Stage(usize, usize),
    Revert(usize, usize),
    /// Bring back what was reverted last.
    Undo,
    Edit(PathBuf, u32),
    Refresh,
    Quit,
}

impl Review {
    /// The page has another size.
    pub fn resize(&mut self, cols: u16, height: usize) {
        self.height = height.saturating_sub(MARGINS).max(1);
        let wide = cols >= WIDE;
        if wide != self.wide || self.rows.is_empty() {
            self.wide = wide;
            self.arrange();
        }
        self.scroll();
    }

    /// Shows another difference; the cursor stays at its file and line as far as they are there.
    pub fn show(&mut self, diff: Diff) {
        let place = self.place();
        self.diff = diff;
        self.pieces.clear();
        self.arrange();
        if let Some((path, line)) = place {
            let file = self.diff.files.iter().position(|file| file.path() == path);
            let of_file = |row: &Row| Some(row.file()) == file;
            let near = |row: &Row| of_file(row) && self.line_of(*row).is_some_and(|n| n >= line);
            let found = self.rows.iter().position(near);
            let found = found.or_else(|| self.rows.iter().position(of_file));
            self.at = found.unwrap_or(self.at.min(self.rows.len().saturating_sub(1)));
        }
        self.scroll();
    }

    fn arrange(&mut self) {
        let hunk = self.rows.get(self.at).and_then(|row| row.hunk());
        self.rows = rows(&self.diff, self.wide);
        self.mark = None;
        let found = self.rows.iter().position(|row| hunk.is_some() && row.hunk() == hunk);
        self.at = found.unwrap_or(self.at).min(self.rows.len().saturating_sub(1));
    }

    fn place(&self) -> Option<(PathBuf, u32)> {
        let row = *self.rows.get(self.at)?;
        let path = self.diff.files.get(row.file())?.path().to_path_buf();
        Some((path, self.line_of(row).unwrap_or(0)))
    }

    /// The hunks on the page in which it is not known yet what is what.
    pub fn unread(&self) -> Vec<(usize, usize)> {
        let shown = self.rows.iter().skip(self.top).take(self.height);
        let mut unread: Vec<_> = shown.filter_map(|row| row.hunk()).collect();
        unread.dedup();
        unread.retain(|at| !self.pieces.contains_key(at));
        unread
    }

    /// A hunk and its file.
    pub fn hunk(&self, at: (usize, usize)) -> Option<(&FileDiff, &Hunk)> {
        let file = self.diff.files.get(at.0)?;
        Some((file, file.hunks.get(at.1)?))
    }

    /// The line of the file that a row is about.
    fn line_of(&self, row: Row) -> Option<u32> {
        let (_, hunk) = self.hunk(row.hunk()?)?;
        match row {
            Row::Lines { old, new, .. } => Some(number(hunk, new.or(old)?)),
            _ => Some(hunk.new.0),
        }
    }

    /// The rows that are marked, or the one that the cursor is on.
    pub fn marked(&self) -> std::ops::RangeInclusive<usize> {
        let mark = self.mark.unwrap_or(self.at);
        mark.min(self.at)..=mark.max(self.at)
    }

    /// The comments that stand below a row.
    pub fn comments_at(&self, row: Row) -> impl Iterator<Item = usize> {
        let here = move |comment: &Comment| {
            let Row::Lines { file, old, new, .. } = row else { return false };
            let Some((of, hunk)) = row.hunk().and_then(|at| self.hunk(at)) else { return false };
            debug_assert_eq!(file, row.file());
            let side = if comment.removed { old } else { new };
            let is_removed = |at: usize| hunk.lines.get(at).is_some_and(|l| l.side == Side::Old);
            of.path().to_string_lossy() == comment.path
                && side.is_some_and(|at| {
                    is_removed(at) == comment.removed && number(hunk, at) == comment.lines.1
                })
        };
        let all = self.comments.iter().enumerate();
        all.filter(move |(_, comment)| here(comment))
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Puts what was typed or pasted into the comment.
    pub fn paste(&mut self, text: &str) {
        if let Some(typing) = &mut self.typing {
            typing.text.push_str(&segno_base::text::plain_text::lines(text));
        }
    }

    /// What a key does.
    pub fn key(&mut self, event: &KeyEvent) -> Action {
        if event.phase == KeyPhase::Release {
            return Action::Nothing;
        }
        if self.typing.is_some() {
            return self.typed(event.key);
        }
        self.said.clear();
        if std::mem::take(&mut self.asks) {
            let hunk = self.rows.get(self.at).and_then(|row| row.hunk());
            return match (event.key.code, hunk) {
                (KeyCode::Char('y' | 'Y'), Some((file, hunk))) => Action::Revert(file, hunk),
                _ => Action::Nothing,
            };
        }
        let last = self.rows.len().saturating_sub(1);
        match event.key.code {
            KeyCode::Char('c') if event.key == Key::ctrl('c') => return Action::Quit,
            KeyCode::Char('q') => return Action::Quit,
            KeyCode::Escape if self.mark.take().is_some() => {}
            KeyCode::Escape => return Action::Quit,
            KeyCode::Down | KeyCode::Char('j') => self.at = (self.at + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => self.at = self.at.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => self.at = (self.at + self.height).min(last),
            KeyCode::PageUp => self.at = self.at.saturating_sub(self.height),
            KeyCode::Home | KeyCode::Char('g') => self.at = 0,
            KeyCode::End | KeyCode::Char('G') => self.at = last,
            KeyCode::Char('n') => self.go(1, |row| matches!(row, Row::Hunk(..))),
            KeyCode::Char('p') => self.go(-1, |row| matches!(row, Row::Hunk(..))),
            KeyCode::Tab | KeyCode::Char(']') => self.go(1, |row| matches!(row, Row::File(_))),
            KeyCode::Char('[') => self.go(-1, |row| matches!(row, Row::File(_))),
            KeyCode::Char('v') => {
                self.mark = match self.mark {
                    Some(_) => None,
                    None => Some(self.at),
                };
            }
            KeyCode::Char('c') | KeyCode::Enter => self.begin_comment(),
            KeyCode::Char('x') => return self.drop_comment(),
            KeyCode::Char('S') => return Action::Send,
            KeyCode::Char('s') => return self.on_hunk(Action::Stage),
            KeyCode::Char('r') if self.rows.get(self.at).and_then(|row| row.hunk()).is_some() => {
                self.asks = true;
                self.said = "revert this hunk in the files? y: yes".into();
            }
            KeyCode::Char('u') => return Action::Undo,
            KeyCode::Char('R') => return Action::Refresh,
            KeyCode::Char('e') => {
                if let Some((path, line)) = self.place() {
                    return Action::Edit(path, line.max(1));
                }
            }
            _ => {}
        }
        self.scroll();
        Action::Nothing
    }

    fn on_hunk(&mut self, action: impl FnOnce(usize, usize) -> Action) -> Action {
        match self.rows.get(self.at).and_then(|row| row.hunk()) {
            Some((file, hunk)) => action(file, hunk),
            None => {
                self.said = "go to a hunk first".into();
                Action::Nothing
            }
        }
    }

    fn go(&mut self, step: isize, is_one: impl Fn(Row) -> bool) {
        let mut at = self.at;
        while let Some(next) = at.checked_add_signed(step).filter(|next| *next < self.rows.len()) {
            at = next;
            if self.rows.get(at).is_some_and(|row| is_one(*row)) {
                self.at = at;
                return;
            }
        }
    }

    fn scroll(&mut self) {
        self.top = self.top.min(self.at);
        // Comments take rows too; the page looks for itself that the cursor is in sight.
        if self.at >= self.top + self.height {
            self.top = self.at + 1 - self.height;
        }
    }

    fn begin_comment(&mut self) {
        let mut lines: Vec<(bool, u32, String)> = Vec::new();
        let mut path = None;
        for at in self.marked() {
            let Some(row) = self.rows.get(at).copied() else { continue };
            let Row::Lines { old, new, .. } = row else { continue };
            let Some((file, hunk)) = row.hunk().and_then(|at| self.hunk(at)) else { continue };
            // A comment is about one file, and one side of it: the new one where it has a line.
            let Some(line) = new.or(old) else { continue };
            let Some(of) = hunk.lines.get(line) else { continue };
            let name = file.path().to_string_lossy().into_owned();
            if *path.get_or_insert(name.clone()) != name {
                break;
            }
            let text = String::from_utf8_lossy(&of.text).trim_end_matches('\r').to_string();
            lines.push((of.side == Side::Old, number(hunk, line), text));
        }
        if lines.iter().any(|(removed, ..)| !removed) {
            lines.retain(|(removed, ..)| !removed);
        }
        let (Some(path), Some(first), Some(last)) = (path, lines.first(), lines.last()) else {
            self.said = "go to a line first; v marks several".into();
            return;
        };
        let comment = Comment {
            path,
            removed: first.0,
            lines: (first.1, last.1),
            quoted: lines.iter().map(|(.., text)| text.clone()).collect(),
            text: String::new(),
            sent: false,
        };
        self.typing = Some(comment);
    }

    fn typed(&mut self, key: Key) -> Action {
        let Some(typing) = &mut self.typing else { return Action::Nothing };
        let text = &mut typing.text;
        match key.code {
            KeyCode::Escape => self.typing = None,
            KeyCode::Char('c') if key == Key::ctrl('c') => self.typing = None,
            KeyCode::Backspace => drop(text.pop()),
            KeyCode::Enter if key.mods.is_empty() => {
                let Some(mut typing) = self.typing.take() else { return Action::Nothing };
                typing.text = typing.text.trim().to_string();
                self.mark = None;
                if !typing.text.is_empty() {
                    self.comments.push(typing);
                    self.outcomes.push(None);
                    return Action::Keep;
                }
            }
            // Any other enter begins a new line.
            KeyCode::Enter => text.push('\n'),
            KeyCode::Char('j') if key == Key::ctrl('j') => text.push('\n'),
            KeyCode::Char(c) if key.mods.without(segno_base::key::Modifiers::SHIFT).is_empty() => {
                text.push(c);
            }
            _ => {}
        }
        Action::Nothing
    }

    fn drop_comment(&mut self) -> Action {
        let here = self.rows.get(self.at).and_then(|row| self.comments_at(*row).last());
        // One that was sent may be about a line that is not there any more.
        let found = here.or_else(|| self.comments.iter().rposition(|comment| comment.sent));
        match found {
            Some(at) => {
                self.comments.remove(at);
                if at < self.outcomes.len() {
                    self.outcomes.remove(at);
                }
                Action::Keep
            }
            None => {
                self.said = "there is no comment at this line".into();
                Action::Nothing
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::tests::diff;
    use super::*;

    fn press(review: &mut Review, keys: &[&str]) -> Action {
        let mut action = Action::Nothing;
        for key in keys {
            action = review.key(&KeyEvent::from(key.parse::<Key>().unwrap()));
        }
        action
    }

    fn review(lines: &[&str]) -> Review {
        let mut review = Review { diff: diff(lines), ..Review::default() };
        review.resize(80, 24);
        review
    }

    #[test]
    fn marked_lines_get_a_comment() {
        let mut review = review(&[" a", "-b", "+B", "+C", " d"]);
        // The file, the hunk, " a", "-b", then the new ones.
        press(&mut review, &["down", "down", "down", "down", "v", "down", "c"]);
        let done = press(&mut review, &["w", "h", "y", "?", "enter"]);
        assert_eq!(done, Action::Keep);
        let comment = &review.comments[0];
        assert_eq!((comment.place(), comment.text.as_str()), ("a.rs:11-12".into(), "why?"));
        assert_eq!(comment.quoted, ["B", "C"]);
        let last = review.rows[review.at];
        assert_eq!(review.comments_at(last).collect::<Vec<_>>(), [0]);
        assert_eq!(press(&mut review, &["x"]), Action::Keep);
        assert!(review.comments.is_empty());
        // Nothing said, nothing kept.
        assert_eq!(press(&mut review, &["c", "enter"]), Action::Nothing);
        assert!(review.comments.is_empty());
    }

    #[test]
    fn a_removed_line_gets_one_too() {
        let mut review = review(&[" a", "-b", " d"]);
        press(&mut review, &["n", "down", "down", "c", "?", "enter"]);
        assert_eq!(review.comments[0].place(), "a.rs:11 (removed)");
    }

    #[test]
    fn hunks_are_gone_to_and_reverted_when_confirmed() {
        let mut review = review(&[" a", "+b"]);
        assert_eq!(press(&mut review, &["s"]), Action::Nothing);
        assert_eq!(press(&mut review, &["n", "s"]), Action::Stage(0, 0));
        assert_eq!(press(&mut review, &["r", "n"]), Action::Nothing);
        assert_eq!(press(&mut review, &["r", "y"]), Action::Revert(0, 0));
        assert_eq!(press(&mut review, &["G", "e"]), Action::Edit("a.rs".into(), 11));
        assert_eq!(press(&mut review, &["q"]), Action::Quit);
    }

    #[test]
    fn another_difference_leaves_the_cursor_where_it_was() {
        let mut review = review(&[" a", "+b", " c", "+d"]);
        press(&mut review, &["G"]);
        review.show(diff(&[" a", " b", " c", "+d"]));
        assert_eq!(review.line_of(review.rows[review.at]), Some(13));
        review.show(Diff::default());
        assert_eq!(press(&mut review, &["down", "c", "s", "v", "up", "n"]), Action::Nothing);
    }
}
