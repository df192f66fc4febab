//! Notifications outside Segno: by the terminals of attached clients, or by a program of the
//! user's desktop.

use std::collections::BTreeMap;

use crate::server::client::Clients;
use crate::server::desktop::notify::{self, Desktop};
use crate::server::shared::Shared;
use segno_config::sections::notifications::Desktop as Place;
use segno_core::attention::notices::Notice;
use segno_core::model::workspace::Model;
use segno_wire::control::notices::{NoticeInfo, NoticeList};

/// Shows a notification outside Segno.
pub(in crate::server) fn notify(clients: &mut Clients, shared: &Shared, notice: &Notice) {
    let place = shared.config.notifications.desktop;
    let by_terminal = matches!(place, Place::Auto | Place::Terminal);
    if by_terminal && clients.notify(notice) || !matches!(place, Place::Auto | Place::Command) {
        return;
    }
    // Nobody is attached, or everybody over the network: the desktop that the daemon knows.
    let own = || Desktop { env: shared.env.clone(), client: BTreeMap::new() };
    let desktop = clients.a_desktop(shared).unwrap_or_else(own);
    let commands = shared.config.notifications.commands.clone();
    let (title, text) = (notice.title(), notice.text.clone());
    crate::server::aside::pool::spawn(move || {
        if !notify::show(&desktop, &commands, &title, &text) {
            tracing::debug!("no program shows notifications here");
        }
    });
}

/// The notifications for a call.
pub(in crate::server) fn notice_list(model: &Model) -> NoticeList {
    let info = |notice: &Notice| NoticeInfo {
        pane: notice.pane,
        label: notice.label.clone(),
        kind: notice.kind.name().to_string(),
        text: notice.text.clone(),
        at: notice.at,
        seen: notice.seen,
        count: notice.count,
    };
    NoticeList { notifications: model.notices.iter().map(info).collect() }
}
