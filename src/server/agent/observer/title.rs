//! What the title of a terminal says: what the agent does, and which conversation is on its
//! screen.
//!
//! A state is reported at once. To find the conversation's file takes longer, and a program may
//! change its title as often as it likes, so that is done when the screen is looked at.

use crate::server::agent::evidence::Evidence;
use crate::server::agent::observer::Seen;
use crate::server::agent::observer::{look_soon, record_shown, watched_type, watching_of};
use crate::server::aside::evidence::session_named;
use crate::server::aside::{Lane, Work};
use crate::server::clock;
use crate::server::control::wait::Waits;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::event::{Event as AgentEvent, What, one_line};
use segno_agent::identity::{ChangeReason, Recorded, SessionId};
use segno_agent::panetype::types::TitleSession;
use segno_agent::panetype::{PaneType, Tracker};
use segno_agent::source::Source;
use segno_base::ids::PaneId;
use segno_core::update::event::Event;

/// The longest title of a conversation, in characters.
const TITLE_MAX: usize = 200;

/// What a title said of the conversation on screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Its id, or the beginning of it.
    id: String,
    title: Option<String>,
}

/// What was seen of it.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The last one, and whether its conversation was looked for.
    last: Option<(Named, bool)>,
}

impl Evidence {
    /// A pane was taken over: its program may have given another title than the previous daemon
    /// stored. What that one had seen is nothing new.
    pub(in crate::server) fn adopt_title(&mut self, shared: &mut Shared, pane: PaneId) {
        let title =
            shared.panes.terminal(pane).and_then(|t| t.emulator().title().map(str::to_owned));
        let before = shared.model.panes.get(&pane).map(|pane| pane.title.clone());
        let (Some(title), Some(before)) = (title, before) else { return };
        if let Some(tracker) = watched_type(shared, pane).and_then(|ty| ty.tracker.clone())
            && let Some(watching) = watching_of(shared, pane)
        {
            watching.title = title_rule(&tracker, &before);
        }
        let shown = self.look_at_title(shared, pane, &title);
        if shown != before {
            shared.handle(Event::Title { pane, title: shown });
        }
    }

    /// The pane's program gave its terminal a title. Answers what of it is for people.
    pub(in crate::server) fn look_at_title(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        title: &str,
    ) -> String {
        let Some(ty) = watched_type(shared, pane) else { return title.to_string() };
        let Some(tracker) = &ty.tracker else { return title.to_string() };
        let fits = title_rule(tracker, title);
        let Some(watching) = watching_of(shared, pane) else { return title.to_string() };
        let before = std::mem::replace(&mut watching.title, fits);
        if let Some(n) = fits.filter(|_| before != fits) {
            let by = format!("[[tracker.title]] {}", n + 1);
            let rule = &tracker.title[n];
            let (activity, detail) = (rule.state, rule.detail.clone());
            self.seen(shared, pane, &ty, Seen { from: Source::Title, by, activity, detail });
        }
        let Some(rule) = &tracker.title_session else { return title.to_string() };
        let Some((named, shown)) = read(rule, title) else { return title.to_string() };
        let Some(super::Watching { names, .. }) = watching_of(shared, pane) else { return shown };
        let looked_for =
            names.last.as_ref().is_some_and(|(last, done)| *done && last.id == named.id);
        let changed = names.last.as_ref().is_none_or(|(last, _)| *last != named);
        names.last = Some((named, looked_for));
        if looked_for && changed {
            self.conversation_titled(shared, pane, &ty);
        } else if !looked_for {
            look_soon(shared, pane);
        }
        shown
    }

    fn named_found(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        ty: &PaneType,
        id: &str,
        session: Option<SessionId>,
    ) {
        // Another one may have been named meanwhile.
        let names = shared.panes.get(pane).map(|runtime| &runtime.watching.names);
        let last = names.and_then(|names| names.last.as_ref());
        if last.is_none_or(|(last, _)| last.id != id) {
            return;
        }
        // Nothing is stored of one in which nothing was said.
        let reason = if session.is_some() { ChangeReason::Unknown } else { ChangeReason::New };
        self.title_says(shared, pane, ty, What::Current { session, reason });
        record_shown(shared, pane, ty);
        self.conversation_titled(shared, pane, ty);
    }

    /// Takes over the conversation's title, where it is that one which is on screen.
    fn conversation_titled(&mut self, shared: &mut Shared, pane: PaneId, ty: &PaneType) {
        let names = shared.panes.get(pane).map(|runtime| &runtime.watching.names);
        let Some(Names { last: Some((Named { id, title: Some(title) }, _)) }) = names else {
            return;
        };
        let tracking = shared.model.panes.get(&pane).and_then(|pane| pane.tracking.as_ref());
        let Some(Recorded::Id(session)) = tracking.map(|tracking| tracking.recorded()) else {
            return;
        };
        if session.as_str().starts_with(id.as_str()) {
            let (session, title) = (session.clone(), title.clone());
            self.title_says(shared, pane, ty, What::Title { session, title });
        }
    }

    fn title_says(&mut self, shared: &mut Shared, pane: PaneId, ty: &PaneType, what: What) {
        let by = Some("[tracker.title_session]".to_string());
        let event = AgentEvent { at: clock::now_ms(), n: 0, from: Source::Title, by, what };
        self.apply_agent_event(shared, pane, ty, event);
        shared.to(Waits::check);
    }
}

/// Looks for the conversation that the title named, unless that was done.
pub(super) fn look_for_named(shared: &mut Shared, pane: PaneId) {
    let Some(ty) = watched_type(shared, pane) else { return };
    let rule = ty.tracker.as_ref().and_then(|tracker| tracker.title_session.as_ref());
    let names = watching_of(shared, pane).map(|watching| &mut watching.names);
    let (Some(rule), Some(Names { last: Some((last, done @ false)) })) = (rule, names) else {
        return;
    };
    *done = true;
    let (id, rule, env) = (last.id.clone(), rule.clone(), shared.env.clone());
    shared.in_lane(Lane::Files(pane), move |_: &mut Stateless, _: &mut Shared| {
        Some(Work::of(
            move || (session_named(&ty, &rule, &env, &id), ty, id),
            move |evidence: &mut Evidence, shared: &mut Shared, (session, ty, id)| {
                evidence.named_found(shared, pane, &ty, &id, session);
            },
        ))
    });
}

/// The first rule for states that fits.
fn title_rule(tracker: &Tracker, title: &str) -> Option<usize> {
    tracker.title.iter().position(|pattern| pattern.regex.is_match(title))
}

/// What a title says of the conversation, and what is left of it for people.
fn read(rule: &TitleSession, title: &str) -> Option<(Named, String)> {
    let found = rule.regex.captures(title)?;
    let of = |name: &str| found.name(name).map(|group| one_line(group.as_str(), TITLE_MAX));
    let named = Named { id: of("session")?, title: of("title").filter(|t| !t.is_empty()) };
    let mut shown = title.to_string();
    if let Some(hidden) = found.name("hidden") {
        shown.replace_range(hidden.range(), "");
    }
    Some((named, shown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use segno_base::text::expression::Expression;

    #[test]
    fn the_id_is_taken_from_a_title_and_the_rest_is_shown() {
        let regex =
            r"^(?:\* )?(?:[^|]+)(?: \| (?P<title>.+))?(?P<hidden> \| (?P<session>[0-9]+)\.\.\.)$";
        let regex = Expression::new(regex).unwrap();
        let rule = TitleSession { regex, files: Vec::new(), session: None };
        let read = |title: &str| {
            let (named, shown) = read(&rule, title)?;
            Some((named.id, named.title, shown))
        };
        assert_eq!(
            read("* work | A b | 12..."),
            Some(("12".into(), Some("A b".into()), "* work | A b".into()))
        );
        assert_eq!(read("work | 7..."), Some(("7".into(), None, "work".into())));
        assert_eq!(read("work"), None);
    }
}
