//! The list of notifications: from one to its pane, away with one or all.

use super::Dialog;
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::ClientId;
use segno_base::key::{KeyCode, KeyEvent};

/// Removes one or all. True when the key was for that.
pub(super) fn key(model: &mut Model, client: ClientId, event: &KeyEvent, cx: &mut Context) -> bool {
    let last = model.notices.iter().len().saturating_sub(1);
    let writes = model.may_write(client);
    let Some(Dialog::Notices { selected }) = model.dialog(client) else { return false };
    match event.key.code {
        KeyCode::Char('d') if writes => {
            let row = *selected;
            *selected = row.min(last.saturating_sub(1));
            model.notices.remove(row);
            cx.out.extend([Effect::SaveSoon, Effect::Redraw]);
        }
        KeyCode::Char('c') if writes => {
            model.take_dialog(client);
            model.clear_notices(cx);
        }
        _ => return false,
    }
    true
}

/// Goes to the pane of the n-th notification.
pub(super) fn choose(model: &mut Model, client: ClientId, row: usize, cx: &mut Context) {
    let pane = model.notices.iter().nth(row).map(|notice| notice.pane);
    if let Some(pane) = pane {
        model.take_dialog(client);
        // It is there: the notifications of a pane go with it.
        let _ = model.focus(Some(client), pane, cx);
    }
}

impl Model {
    /// Removes all notifications.
    pub fn clear_notices(&mut self, cx: &mut Context) {
        self.notices.clear();
        cx.out.extend([Effect::SaveSoon, Effect::Redraw]);
    }
}
