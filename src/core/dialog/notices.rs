//! The list of notifications: from one to its pane, away with one or all.

use super::{Dialog, selects};
use crate::core::model::workspace::Model;
use crate::core::update::context::Context;
use crate::core::update::effect::Effect;
use segno_base::ids::ClientId;
use segno_base::key::{KeyCode, KeyEvent};

/// Gives a key to the list.
pub(super) fn key(model: &mut Model, client: ClientId, event: &KeyEvent, cx: &mut Context) {
    let last = model.notices.iter().len().saturating_sub(1);
    let Some(state) = model.clients.get_mut(&client) else { return };
    let (read_only, dialog) = (state.read_only, &mut state.dialog);
    let Some(Dialog::Notices { selected }) = dialog else { return };
    match event.key.code {
        KeyCode::Enter => {
            let row = *selected;
            choose(model, client, row, cx);
        }
        KeyCode::Char('q') => *dialog = None,
        KeyCode::Char('d') if !read_only => {
            let row = *selected;
            *selected = row.min(last.saturating_sub(1));
            model.notices.remove(row);
            cx.out.extend([Effect::SaveSoon, Effect::Redraw]);
        }
        KeyCode::Char('c') if !read_only => {
            *dialog = None;
            model.clear_notices(cx);
        }
        _ => selects(selected, event, last),
    }
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
