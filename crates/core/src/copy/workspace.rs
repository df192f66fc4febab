//! Copy mode in the workspace: which client has it where, and what follows from its keys.

use super::hints;
use super::mode::{CopyMode, Outcome};
use super::mouse::Click;
use super::prompts;
use super::search::Hits;
use super::selection::{Kind, Selected, copied};
use super::text::{Doc, Pos};
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::{Effect, Scroll};
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::{KeyEvent, Modifiers, MouseAction, MouseButton, MouseEvent};
use segno_config::keys::command::Command;
use segno_config::keys::copy_command::{CopyCommand, CopyKeys};

/// How many copied texts can be chosen from.
const COPIED_MAX: usize = 20;
/// Longer ones can be pasted right after they were copied only.
const COPIED_BYTES: usize = 256 * 1024;

impl Model {
    /// A client's copy mode in a pane.
    pub fn copy_mode(&self, client: ClientId, pane: PaneId) -> Option<&CopyMode> {
        self.copies.get(&(client, pane))
    }

    /// Whether a client reads its focused pane in copy mode.
    pub fn is_copying(&self, client: ClientId) -> bool {
        self.focused(client).is_some_and(|pane| self.copy_mode(client, pane).is_some())
    }

    /// Does one of the commands that have to do with copy mode.
    pub(crate) fn copy_command(
        &mut self,
        command: Command,
        id: ClientId,
        pane: PaneId,
        cx: &mut Context,
    ) {
        let inner = match command {
            Command::CopyMode => None,
            Command::CopyPageUp => Some(CopyCommand::PageUp),
            Command::CopySearch => Some(CopyCommand::SearchBackward),
            Command::CopyHints => Some(CopyCommand::Hints),
            Command::CopyOutput => return self.copy_output(id, pane, cx),
            Command::EditScrollback => {
                return cx.out.push(Effect::EditScrollback { client: id, pane });
            }
            _ => return,
        };
        let transient = command == Command::CopyHints;
        self.with_copy(id, pane, transient, cx, |mode, doc| match inner {
            Some(inner) => mode.command(inner, doc),
            None => Outcome::default(),
        });
    }

    /// Enters copy mode where it is not entered yet, does something in it, and what follows.
    fn with_copy(
        &mut self,
        id: ClientId,
        pane: PaneId,
        transient: bool,
        cx: &mut Context,
        act: impl FnOnce(&mut CopyMode, &Doc) -> Outcome,
    ) {
        let Some(text) = cx.copy.texts.open(id, pane) else {
            return self.say(id, "there is nothing to read here yet".into(), cx);
        };
        let doc = Doc::new(&*text);
        let before = self.copies.remove(&(id, pane));
        let mut mode = before.unwrap_or_else(|| {
            let mut mode = CopyMode::new(&doc);
            mode.transient = transient;
            mode.hint = hint(&cx.copy.settings.keys);
            mode
        });
        let outcome = act(&mut mode, &doc);
        if !outcome.leave {
            self.copies.insert((id, pane), mode);
        }
        cx.out.push(Effect::RedrawClient(id));
        self.follow(outcome, id, pane, cx);
    }

    fn follow(&mut self, outcome: Outcome, id: ClientId, pane: PaneId, cx: &mut Context) {
        if let Some(message) = outcome.message {
            self.say(id, message, cx);
        }
        if let Some(text) = outcome.copy {
            self.say(id, copied(&text), cx);
            cx.out.push(Effect::Copy { client: id, text });
        }
        if let Some(selected) = outcome.copy_many {
            cx.out.push(Effect::CopyMany { client: id, pane, selected });
        }
        if let Some(seek) = outcome.seek {
            cx.out.push(Effect::Seek { client: id, pane, seek });
        }
        let writes = self.may_write(id);
        if let Some(target) = outcome.open.filter(|_| writes) {
            cx.out.push(Effect::Open { client: id, pane, target });
        }
        if outcome.edit && writes {
            cx.out.push(Effect::EditScrollback { client: id, pane });
        }
    }

    /// Opens the link or path under the pointer; false when there is none, or only a path while the
    /// program wants the mouse.
    pub(crate) fn open_link(
        &mut self,
        id: ClientId,
        pane: PaneId,
        event: &MouseEvent,
        cx: &mut Context,
    ) -> bool {
        let Some(text) = cx.copy.texts.open(id, pane) else { return false };
        let doc = Doc::new(&*text);
        let top = self.copies.get(&(id, pane)).map_or(doc.text().top(), |mode| mode.top);
        let at = Pos::new(top + usize::from(event.y), event.x);
        let Some(target) = hints::at(&doc, at) else { return false };
        let link = target.contains("://") || target.starts_with("mailto:");
        if !link && cx.copy.texts.wants_mouse(pane) {
            return false;
        }
        cx.out.push(Effect::Open { client: id, pane, target });
        true
    }

    /// A text was copied. Few are kept, and no more than is reasonable of each.
    pub fn remember_copied(&mut self, text: String) {
        if text.is_empty() || text.len() > COPIED_BYTES {
            return;
        }
        self.copied.retain(|other| *other != text);
        self.copied.push_front(text);
        self.copied.truncate(COPIED_MAX);
    }

    fn copy_output(&mut self, id: ClientId, pane: PaneId, cx: &mut Context) {
        let Some(text) = cx.copy.texts.open(id, pane) else { return };
        let doc = Doc::new(&*text);
        let line = self.copies.get(&(id, pane)).map_or(doc.last_line(), |mode| mode.cursor.line);
        // The prompt that waits for the next command has no output yet.
        let found = prompts::output(&doc, line);
        let outcome = match found {
            Some((start, end)) => {
                let end = Pos::new(end.line, u16::MAX);
                Outcome::copy(Selected { kind: Kind::Line, start, end }, &doc)
            }
            None => Outcome::say("no output is marked here; the shell has to send OSC 133"),
        };
        self.follow(outcome, id, pane, cx);
    }

    /// A key for copy mode; false when the client has none in the pane.
    pub(crate) fn copy_key(
        &mut self,
        id: ClientId,
        pane: PaneId,
        event: &KeyEvent,
        cx: &mut Context,
    ) -> bool {
        if !self.copies.contains_key(&(id, pane)) {
            return false;
        }
        let mut left = false;
        self.with_copy(id, pane, false, cx, |mode, doc| {
            let outcome = mode.key(event, &cx.copy.settings.keys, doc);
            left = outcome.leave;
            outcome
        });
        // Back to the program, as it is now.
        if left && self.may_write(id) {
            cx.out.push(Effect::Scroll { pane, scroll: Scroll::Bottom });
        }
        true
    }

    /// A text has been searched.
    pub(crate) fn copy_found(&mut self, id: ClientId, pane: PaneId, hits: Hits, cx: &mut Context) {
        if !self.copies.contains_key(&(id, pane)) {
            return;
        }
        let mut held = Default::default();
        self.with_copy(id, pane, false, cx, |mode, doc| {
            let outcome = mode.found(hits, &cx.copy.settings.keys, doc);
            if outcome.leave {
                held = std::mem::take(&mut mode.held);
            }
            outcome
        });
        // What was typed after it was left is for the program.
        for event in held {
            self.key(id, event, cx);
        }
    }

    /// Pasted text for copy mode; false when the client has none in the pane.
    pub(crate) fn copy_paste(
        &mut self,
        id: ClientId,
        pane: PaneId,
        text: &str,
        cx: &mut Context,
    ) -> bool {
        if !self.copies.contains_key(&(id, pane)) {
            return false;
        }
        self.with_copy(id, pane, false, cx, |mode, doc| mode.paste(text, doc));
        true
    }

    /// A mouse event in a pane; true when it was for copy mode and nobody else.
    pub(crate) fn copy_mouse(
        &mut self,
        id: ClientId,
        pane: PaneId,
        event: &MouseEvent,
        cx: &mut Context,
    ) -> bool {
        let inside = self.copies.contains_key(&(id, pane));
        let wants = || cx.copy.texts.wants_mouse(pane) && !event.mods.contains(Modifiers::SHIFT);
        if !inside && wants() {
            self.clicks.remove(&id);
            return false;
        }
        let on_release = cx.copy.settings.on_release;
        let pressed = event.action == MouseAction::Press(MouseButton::Left);
        if pressed {
            let before = self.clicks.get(&id).filter(|(p, _)| *p == pane).map(|(_, click)| *click);
            self.clicks.insert(id, (pane, Click::after(before, event, cx.now)));
        }
        let click = self.clicks.get(&id).filter(|(p, _)| *p == pane).map(|(_, click)| *click);
        let begins = match event.action {
            MouseAction::Press(MouseButton::Left) => click.is_some_and(|c| c.count > 1),
            MouseAction::Drag(MouseButton::Left) => {
                click.is_some_and(|c| (c.x, c.y) != (event.x, event.y))
            }
            _ => false,
        };
        if inside || begins {
            self.with_copy(id, pane, true, cx, |mode, doc| {
                mode.mouse(event, click, on_release, doc)
            });
        }
        inside || begins || event.mods.contains(Modifiers::SHIFT)
    }

    /// A pane's text has another shape: who reads it goes on near where they were.
    pub(crate) fn copy_reflowed(&mut self, pane: PaneId, cx: &mut Context) {
        let readers: Vec<_> =
            self.copies.keys().filter(|(_, p)| *p == pane).map(|(client, _)| *client).collect();
        for client in readers {
            self.with_copy(client, pane, false, cx, |mode, doc| mode.reflowed(doc));
        }
    }

    /// Drops the copy modes of clients and panes that are gone.
    pub(crate) fn prune_copies(&mut self) {
        let (clients, panes) = (&self.clients, &self.panes);
        self.copies.retain(|(c, p), _| clients.contains_key(c) && panes.contains_key(p));
        self.clicks.retain(|c, _| clients.contains_key(c));
    }
}

/// The keys that matter most, as they are bound.
fn hint(keys: &CopyKeys) -> String {
    let parts = [
        (CopyCommand::SelectChar, "selects"),
        (CopyCommand::Copy, "copies"),
        (CopyCommand::SearchForward, "searches"),
        (CopyCommand::Quit, "leaves"),
    ];
    let parts = parts.into_iter().filter_map(|(command, does)| {
        let keys = keys.keys_for(command);
        // The shortest is the one that the documentation names.
        Some(format!("{} {does}", keys.into_iter().min_by_key(String::len)?))
    });
    parts.collect::<Vec<_>>().join(" · ")
}
