//! Two panes in one conversation: never by Segno's doing, but a user can pick any conversation in
//! an agent itself. Then it is said, with a way out, because the two would not see what is said
//! in the other one.

use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::PaneId;

impl Model {
    /// Warns who looks at a pane when the conversation that came on its screen is open in another.
    pub(crate) fn note_shared(&mut self, id: PaneId, cx: &mut Context) {
        let Some(pane) = self.panes.get(&id).filter(|pane| pane.is_live()) else { return };
        let Some(session) = pane.session() else { return };
        let other = self.panes.values().find(|other| {
            other.id != id
                && other.is_live()
                && other.agent_type() == pane.agent_type()
                && other.session().as_ref() == Some(&session)
        });
        let Some(other) = other.map(|other| other.id) else { return };
        let note = format!(
            "conversation {session} is open in {other} too, and the two do not see each other: go \
             on in one of them; `segno restart {id} --fresh` begins a new one here"
        );
        if let Some(pane) = self.panes.get_mut(&id)
            && !pane.notes.contains(&note)
        {
            pane.notes.push(note.clone());
            self.say_to_lookers(id, &note, cx);
            cx.out.push(Effect::Redraw);
        }
    }
}
