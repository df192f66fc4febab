//! A conversation that an agent was started with and does not know, where the agent goes on
//! instead of ending: its tracker says so, the program is ended, and the pane asks what to do.

use crate::server::shared::Shared;
use segno_agent::identity::SessionId;
use segno_agent::start::Conversation;
use segno_base::ids::PaneId;
use segno_core::model::pane::Life;
use segno_core::update::effect::Effect;

/// To be called when everything that the tracker reported was taken over: what was shown since
/// counts more.
pub(in crate::server) fn conversation_missing(
    shared: &mut Shared,
    pane: PaneId,
    session: &SessionId,
) {
    let Some(state) = shared.model.panes.get(&pane) else { return };
    let asked = match &state.life {
        Life::Running { conversation: Conversation::Resume(asked), .. } => asked == session,
        _ => false,
    };
    if !asked || state.session().as_ref() != Some(session) {
        return;
    }
    if let Some(runtime) = shared.panes.get_mut(pane) {
        tracing::info!(%pane, %session, "the agent does not know the conversation");
        runtime.process.is_missing_its_conversation();
        shared.effect(Effect::Kill { pane });
    }
}
