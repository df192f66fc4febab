//! What a handler of the pane's type found on its screen: a notification, and where there is help,
//! a note that stays with the pane.

use crate::attention::notices::NoticeKind;
use crate::model::pane::Pane;
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::panetype::handler::{Alert, Severity};
use segno_base::ids::PaneId;
use segno_config::keys::command::Command;

/// So many notes a pane may have before the oldest makes room.
const NOTES_MAX: usize = 20;

impl Model {
    pub(crate) fn found(&mut self, id: PaneId, alert: Alert, cx: &mut Context) {
        let looked_at = self.is_looked_at(id);
        let Some(pane) = self.panes.get_mut(&id) else { return };
        pane.unseen |= !looked_at && !pane.extras.muted;
        let mut line = alert.text.clone();
        if let Some(help) = alert.help {
            note(pane, format!("{}: {help}", alert.text));
            let keys = cx.keys.keys_for(Command::Messages).into_iter().next();
            line.extend(keys.map(|keys| format!(" · {keys} shows more")));
        }
        // Who looks at the pane is not called, but may not see what to do.
        self.say_to_lookers(id, &line, cx);
        let kind = match alert.severity {
            Severity::Error => NoticeKind::Error,
            Severity::Warning => NoticeKind::Warning,
            Severity::Info => NoticeKind::Info,
        };
        cx.out.push(Effect::Redraw);
        self.notify(id, kind, &alert.text, cx.now, cx);
    }
}

impl Model {
    /// Adds an unread note to a pane.
    pub fn note(&mut self, id: PaneId, text: String) {
        if let Some(pane) = self.panes.get_mut(&id) {
            note(pane, text);
        }
    }
}

/// Adds an unread note; one that was there already is the newest again.
fn note(pane: &mut Pane, note: String) {
    let again = pane.notes.iter().position(|old| *old == note);
    let excess = (pane.notes.len() >= NOTES_MAX).then_some(0);
    if let Some(at) = again.or(excess) {
        pane.notes.remove(at);
        pane.notes_read = pane.notes_read.saturating_sub(usize::from(at < pane.notes_read));
    }
    pane.notes.push(note);
}
