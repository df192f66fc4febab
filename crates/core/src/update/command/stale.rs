//! The question a pane asks when its agent no longer knows the conversation.

use crate::archive::{ArchivedId, RestoredFor};
use crate::dialog::Dialog;
use crate::dialog::new_pane::NewPaneDialog;
use crate::model::pane::StaleAnswer;
use crate::model::workspace::Model;
use crate::panes::past_conversations::ConversationQuery;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::identity::SessionId;
use segno_agent::start::Start;
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::{KeyCode, KeyEvent};

impl Model {
    /// The archive has what a pane asks about, so that can be an answer.
    pub(crate) fn archive_keeps(&mut self, pane: PaneId, session: &SessionId, cx: &mut Context) {
        let choice = self.panes.get_mut(&pane).and_then(|pane| pane.choice.as_mut());
        if let Some(choice) = choice.filter(|choice| choice.session == *session) {
            choice.can_restore = true;
            cx.out.push(Effect::Redraw);
        }
    }

    /// Handles a key for a pane that asks.
    pub(crate) fn choice_key(
        &mut self,
        pane: PaneId,
        client: ClientId,
        event: &KeyEvent,
        cx: &mut Context,
    ) {
        let Some(choice) = self.panes.get_mut(&pane).and_then(|p| p.choice.as_mut()) else {
            return;
        };
        let answers = choice.answers();
        match event.key.code {
            KeyCode::Up => {
                choice.selected = choice.selected.checked_sub(1).unwrap_or(answers.len() - 1)
            }
            KeyCode::Down | KeyCode::Tab => choice.selected = (choice.selected + 1) % answers.len(),
            KeyCode::Char(c @ '1'..='9') => {
                let wanted = c as usize - '1' as usize;
                if let Some(answer) = answers.get(wanted) {
                    self.answer_stale(pane, client, *answer, cx);
                }
            }
            KeyCode::Enter => {
                if let Some(answer) = answers.get(choice.selected) {
                    self.answer_stale(pane, client, *answer, cx);
                }
            }
            _ => {}
        }
        cx.out.push(Effect::Redraw);
    }

    pub(crate) fn answer_stale(
        &mut self,
        pane: PaneId,
        client: ClientId,
        answer: StaleAnswer,
        cx: &mut Context,
    ) {
        match answer {
            StaleAnswer::Fresh => self.restart_or_say(pane, client, Start::Fresh, cx),
            StaleAnswer::ContinueLast => {
                self.restart_or_say(pane, client, Start::ContinueLast, cx);
            }
            StaleAnswer::Restore => {
                let Some(state) = self.panes.get(&pane) else { return };
                let Some(choice) = &state.choice else { return };
                let type_name = state.spec.type_name.clone();
                let of = ArchivedId { type_name, id: choice.session.to_string() };
                let (directory, for_whom) = (None, RestoredFor::Pane(pane));
                cx.out.push(Effect::RestoreArchived { client, of, directory, for_whom });
            }
            StaleAnswer::ChooseAnother => {
                let Some(state) = self.panes.get(&pane) else { return };
                let (type_name, cwd) = (state.spec.type_name.clone(), state.spec.cwd.clone());
                let dialog = NewPaneDialog::for_pane(cx.types.choices(), state);
                self.open_dialog(client, Dialog::NewPane(Box::new(dialog)), cx);
                let wanted = ConversationQuery { type_name: Some(type_name), directory: Some(cwd) };
                cx.out.push(Effect::FindConversations { client, wanted });
            }
        }
    }
}
