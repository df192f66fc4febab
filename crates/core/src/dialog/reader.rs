//! The dialog in which a conversation is read as text, with its tools' calls folded to a line each.
//! It scrolls by the keys of copy mode.

use std::fmt::Write as _;

use super::Dialog;
use super::text_field::TextField;
use crate::archive::{ArchivedId, Passage, Said};
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::ClientId;
use segno_base::key::{KeyCode, KeyEvent, Modifiers};

/// Lines that half a page and a whole one are.
const HALF: usize = 10;
const PAGE: usize = 20;

/// What a line is, for how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Who says what follows.
    Heading,
    Text,
    /// A tool's call in one line.
    Folded,
    /// What a tool was given and answered, and what was thought.
    Detail,
}

/// A line as it was said, however long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub kind: LineKind,
    pub text: String,
    /// Whether a prompt begins here.
    prompt: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderDialog {
    pub of: ArchivedId,
    /// `None` until it has been read.
    said: Option<Result<Vec<Said>, String>>,
    /// What is shown, from the entries.
    pub lines: Vec<Line>,
    unfolded: bool,
    /// The line at the top.
    pub scroll: usize,
    /// What is being typed after `/`.
    pub search: Option<TextField>,
    /// What was looked for last.
    pattern: String,
}

impl ReaderDialog {
    pub fn new(of: ArchivedId) -> ReaderDialog {
        ReaderDialog {
            of,
            said: None,
            lines: Vec::new(),
            unfolded: false,
            scroll: 0,
            search: None,
            pattern: String::new(),
        }
    }

    /// Why there is nothing to read, if there is not.
    pub fn why_empty(&self) -> Option<&str> {
        match &self.said {
            None => Some("reading …"),
            Some(Err(why)) => Some(why),
            Some(Ok(said)) if said.is_empty() => Some("nothing was said in it yet"),
            Some(Ok(_)) => None,
        }
    }

    /// What is looked for, in lower case.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    pub(super) fn ask(&self, client: ClientId, cx: &mut Context) {
        let passage = Passage { of: self.of.clone(), around: None };
        cx.out.push(Effect::ReadArchive { client, passage });
    }

    pub fn read(&mut self, said: Result<Vec<Said>, String>) {
        // The newest is what one has come for; who has scrolled stays there.
        let first = !matches!(&self.said, Some(Ok(said)) if !said.is_empty());
        self.said = Some(said);
        self.lay_out();
        if first {
            self.scroll = usize::MAX;
        }
    }

    fn lay_out(&mut self) {
        let Some(Ok(said)) = &self.said else { return self.lines.clear() };
        self.lines = said.iter().flat_map(|said| lines(said, self.unfolded)).collect();
    }

    /// Folds or unfolds all calls; the entry at the top stays there.
    pub fn toggle(&mut self) {
        let is_heading = |line: &&Line| matches!(line.kind, LineKind::Heading | LineKind::Folded);
        let above = self.lines.iter().take(self.scroll.saturating_add(1));
        let entry = above.filter(is_heading).count();
        self.unfolded = !self.unfolded;
        self.lay_out();
        let headings = self.lines.iter().enumerate().filter(|(_, line)| is_heading(line));
        self.scroll = headings.map(|(at, _)| at).nth(entry.saturating_sub(1)).unwrap_or(0);
    }

    /// To the next line of which this is so, or back; wraps around.
    fn seek(&mut self, forward: bool, wanted: impl Fn(&Line) -> bool) {
        let count = self.lines.len();
        let from = self.scroll.min(count.saturating_sub(1));
        let step = |n: usize| match forward {
            true => (from + n) % count,
            false => (from + count - n) % count,
        };
        let places = (1..=count).map(step);
        let found = places.into_iter().find(|at| self.lines.get(*at).is_some_and(&wanted));
        self.scroll = found.unwrap_or(self.scroll);
    }

    fn search(&mut self, forward: bool) {
        let pattern = self.pattern.clone();
        if !pattern.is_empty() {
            self.seek(forward, |line| line.text.to_lowercase().contains(&pattern));
        }
    }
}

/// An entry's lines, with an empty one before it.
fn lines(said: &Said, unfolded: bool) -> Vec<Line> {
    let line = |kind, text: &str| Line { kind, text: text.to_string(), prompt: false };
    if said.tool && !unfolded {
        let first = said.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let mut text = format!("▸ {} {}", said.who, first.trim());
        let count = said.detail.lines().count();
        if count > 0 {
            let _ = write!(text, " · {count} {}", if count == 1 { "line" } else { "lines" });
        }
        return vec![line(LineKind::Folded, &text)];
    }
    let sign = if said.tool { "▾ " } else { "" };
    let mut lines = vec![line(LineKind::Text, ""), line(LineKind::Heading, "")];
    if let Some(heading) = lines.last_mut() {
        heading.text = format!("{sign}{}", said.who);
        heading.prompt = !said.tool && said.who == "user";
    }
    let body = if said.tool { LineKind::Detail } else { LineKind::Text };
    if !said.tool && unfolded {
        lines.extend(said.detail.lines().map(|text| line(LineKind::Detail, text)));
    }
    lines.extend(said.text.lines().map(|text| line(body, text)));
    if said.tool {
        lines.extend(said.detail.lines().map(|text| line(body, text)));
    }
    lines
}

impl Model {
    /// Opens the conversation of a client's focused pane.
    pub(crate) fn read_conversation(&mut self, client: ClientId, cx: &mut Context) {
        let pane = self.focused(client).and_then(|pane| self.panes.get(&pane));
        let of = pane.and_then(|pane| {
            let id = pane.session()?.to_string();
            Some(ArchivedId { type_name: pane.agent_type().to_string(), id })
        });
        let Some(of) = of else {
            return self.say(client, "the pane is in no conversation".into(), cx);
        };
        self.read_archived(client, of, cx);
        // What was just said may not have been read yet.
        cx.out.push(Effect::UpdateArchive);
    }

    /// Opens a conversation of the archive.
    pub(super) fn read_archived(&mut self, client: ClientId, of: ArchivedId, cx: &mut Context) {
        let dialog = ReaderDialog::new(of);
        dialog.ask(client, cx);
        self.open_dialog(client, Dialog::Reader(Box::new(dialog)), cx);
    }
}

/// Gives a key to the dialog.
pub(super) fn key(
    model: &mut Model,
    client: ClientId,
    event: &KeyEvent,
    escape: bool,
    cx: &mut Context,
) {
    let Some(Dialog::Reader(dialog)) = model.dialog(client) else { return };
    cx.out.push(Effect::RedrawClient(client));
    if let Some(field) = &mut dialog.search {
        match event.key.code {
            KeyCode::Enter => {
                dialog.pattern = field.text().to_lowercase();
                dialog.search = None;
                dialog.search(true);
            }
            _ if escape => dialog.search = None,
            _ => drop(field.key(event)),
        }
        return;
    }
    let ctrl = event.key.mods == Modifiers::CTRL;
    let scroll = dialog.scroll;
    match event.key.code {
        _ if escape => drop(model.take_dialog(client)),
        KeyCode::Char('u') if ctrl => dialog.scroll = scroll.saturating_sub(HALF),
        KeyCode::Char('d') if ctrl => dialog.scroll = scroll.saturating_add(HALF),
        KeyCode::Char('b') if ctrl => dialog.scroll = scroll.saturating_sub(PAGE),
        KeyCode::Char('f') if ctrl => dialog.scroll = scroll.saturating_add(PAGE),
        KeyCode::PageUp => dialog.scroll = scroll.saturating_sub(PAGE),
        KeyCode::PageDown | KeyCode::Char(' ') => dialog.scroll = scroll.saturating_add(PAGE),
        KeyCode::Up | KeyCode::Char('k') => dialog.scroll = scroll.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => dialog.scroll = scroll.saturating_add(1),
        KeyCode::Home | KeyCode::Char('g') => dialog.scroll = 0,
        KeyCode::End | KeyCode::Char('G') => dialog.scroll = usize::MAX,
        KeyCode::Char('[') => dialog.seek(false, |line| line.prompt),
        KeyCode::Char(']') => dialog.seek(true, |line| line.prompt),
        KeyCode::Tab => dialog.toggle(),
        KeyCode::Char('/') => dialog.search = Some(TextField::default()),
        KeyCode::Char('n') => dialog.search(true),
        KeyCode::Char('N') => dialog.search(false),
        KeyCode::Char('q') => drop(model.take_dialog(client)),
        _ => {}
    }
}
