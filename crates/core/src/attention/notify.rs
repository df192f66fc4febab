//! What is worth a notification, and whether it calls outside Segno. Never for a pane that
//! somebody is looking at, and never for a muted one.

use crate::attention::event_feed::state_event;
use crate::attention::notices::{Notice, NoticeKind};
use crate::model::pane::Pane;
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::identity::SessionId;
use segno_agent::status::{Activity, Status};
use segno_base::ids::{ClientId, PaneId};
use segno_config::event_name::EventName;
use segno_term::Notification;

/// What happened longer ago, while no daemon ran, is listed and calls nobody.
const FRESH: u64 = 60_000;

impl Model {
    /// Whether somebody looks at the pane: it is on the screen of a client whose terminal has
    /// the focus.
    pub fn is_looked_at(&self, pane: PaneId) -> bool {
        self.clients.values().any(|client| !client.away && self.sees(client.id, pane))
    }

    /// A client's terminal window got or lost the focus.
    pub(crate) fn window_focus(&mut self, client: ClientId, gained: bool, cx: &mut Context) {
        if let Some(client) = self.clients.get_mut(&client) {
            client.away = !gained;
        }
        if gained {
            self.see();
            cx.out.push(Effect::Redraw);
        }
    }

    /// Notes a notification, and calls outside if that is allowed now. `at` is when it happened.
    pub(crate) fn notify(
        &mut self,
        id: PaneId,
        kind: NoticeKind,
        text: &str,
        at: u64,
        cx: &mut Context,
    ) {
        let settings = cx.notifications;
        let wanted = match kind {
            NoticeKind::Blocked => settings.blocked,
            NoticeKind::Error => settings.error,
            NoticeKind::Finished => settings.finished,
            NoticeKind::Program | NoticeKind::Warning | NoticeKind::Info => settings.programs,
            NoticeKind::Bell => settings.bell,
        };
        if wanted && !self.is_looked_at(id) {
            self.post(id, kind, text, at, cx);
        }
    }

    /// The same for what the pane itself does not show: also while somebody looks at it.
    fn post(&mut self, id: PaneId, kind: NoticeKind, text: &str, at: u64, cx: &mut Context) {
        let settings = cx.notifications;
        let Some(pane) = self.panes.get(&id).filter(|pane| !pane.extras.muted) else { return };
        let notice = Notice::new(id, &pane.label(), kind, text, at);
        self.notices.add(notice.clone());
        self.emit_of(EventName::NotificationPosted, id, Some(notice.text.clone()), cx);
        cx.out.extend([Effect::SaveSoon, Effect::Redraw]);
        let fresh = at.saturating_add(FRESH) >= cx.now;
        if fresh && self.notices.may_call(id, cx.now, settings.interval_ms) {
            cx.out.push(Effect::Notify(Box::new(notice)));
            if settings.sound {
                cx.out.push(Effect::Bell);
            }
        }
    }

    /// What a conversation taught was kept in the background, or that failed: a notification of the
    /// pane that shows it, or that it was in last.
    pub(crate) fn curated(
        &mut self,
        type_name: &str,
        session: &SessionId,
        text: &str,
        failed: bool,
        cx: &mut Context,
    ) {
        let of_type = |pane: &&Pane| pane.agent_type() == type_name;
        let shows = |pane: &&Pane| pane.session().as_ref() == Some(session);
        let knows = |pane: &&Pane| {
            let tracking = pane.tracking.as_ref();
            tracking.is_some_and(|tracking| tracking.conversations().get(session).is_some())
        };
        let panes = || self.panes.values().filter(of_type);
        let found = panes().find(shows).or_else(|| panes().find(knows));
        let (kind, wanted) = match failed {
            true => (NoticeKind::Error, cx.notifications.error),
            false => (NoticeKind::Info, cx.notifications.programs),
        };
        match found.map(|pane| pane.id) {
            Some(pane) if wanted => self.post(pane, kind, text, cx.now, cx),
            Some(_) => {}
            // Its pane is closed, and a notification leads to a pane.
            None => {
                for client in self.clients.keys().copied().collect::<Vec<_>>() {
                    self.say(client, text.to_string(), cx);
                }
            }
        }
    }

    /// An agent does something else than before.
    pub(crate) fn activity_changed(&mut self, id: PaneId, before: &Status, cx: &mut Context) {
        let Some(pane) = self.panes.get_mut(&id) else { return };
        let Some(now) = pane.agent() else { return };
        let busy = |activity| {
            matches!(activity, Activity::Working | Activity::Blocked | Activity::Retrying)
        };
        let begun = match (busy(before.activity), busy(now.activity)) {
            (_, true) => {
                pane.busy_since = pane.busy_since.or(Some(now.since));
                None
            }
            (true, false) => pane.busy_since.take().or(Some(before.since)),
            (false, false) => None,
        };
        if let Some(event) = state_event(now.activity) {
            self.emit_of(event, id, now.detail.clone(), cx);
        }
        let title = now.title.unwrap_or_default();
        let detail = now.detail.unwrap_or_default();
        let say = |what: &str, more: &str| match more.is_empty() {
            true => what.to_string(),
            false => format!("{what}: {more}"),
        };
        let (kind, text) = match now.activity {
            Activity::Blocked => (NoticeKind::Blocked, say("waits for you", &detail)),
            Activity::Error => (NoticeKind::Error, say("failed", &detail)),
            Activity::Idle => {
                let Some(begun) = begun else { return };
                if now.since.saturating_sub(begun) < cx.notifications.finished_after_ms {
                    return;
                }
                (NoticeKind::Finished, say("finished", &title))
            }
            _ => return,
        };
        self.notify(id, kind, &text, now.since, cx);
    }

    /// A pane's program rang the bell.
    pub(crate) fn rang(&mut self, id: PaneId, cx: &mut Context) {
        let looked_at = self.is_looked_at(id);
        let Some(pane) = self.panes.get_mut(&id).filter(|pane| !pane.extras.muted) else { return };
        pane.unseen |= !looked_at;
        cx.out.extend([Effect::Bell, Effect::Redraw]);
        self.emit_of(EventName::PaneBell, id, None, cx);
        self.notify(id, NoticeKind::Bell, "rang the bell", cx.now, cx);
    }

    /// A pane's program posted a notification.
    pub(crate) fn posted(&mut self, id: PaneId, notification: &Notification, cx: &mut Context) {
        let looked_at = self.is_looked_at(id);
        let Some(pane) = self.panes.get_mut(&id).filter(|pane| !pane.extras.muted) else { return };
        pane.unseen |= !looked_at;
        let Notification { title, body } = notification;
        let text = match title.as_deref().filter(|title| !title.is_empty()) {
            Some(title) if body.is_empty() => title.to_string(),
            Some(title) => format!("{title}: {body}"),
            None => body.clone(),
        };
        cx.out.push(Effect::Redraw);
        self.notify(id, NoticeKind::Program, &text, cx.now, cx);
    }
}
