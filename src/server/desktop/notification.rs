//! Notifications outside Segno: by the terminals of attached clients, or by a program of the
//! user's desktop.

use std::collections::BTreeMap;

use crate::core::attention::notices::Notice;
use crate::server::Server;
use crate::server::desktop::notify::{self, Desktop};
use segno_config::sections::notifications::Desktop as Place;
use segno_wire::control::notices::{NoticeInfo, NoticeList};

impl Server {
    /// The notifications for a call.
    pub(in crate::server) fn notice_list(&self) -> NoticeList {
        let info = |notice: &Notice| NoticeInfo {
            pane: notice.pane,
            label: notice.label.clone(),
            kind: notice.kind.name().to_string(),
            text: notice.text.clone(),
            at: notice.at,
            seen: notice.seen,
            count: notice.count,
        };
        NoticeList { notifications: self.shared.model.notices.iter().map(info).collect() }
    }

    /// Shows a notification outside Segno.
    pub(in crate::server) fn call_out(&mut self, notice: &Notice) {
        let place = self.shared.config.notifications.desktop;
        let by_terminal = matches!(place, Place::Auto | Place::Terminal);
        let mut shown = false;
        if by_terminal {
            for client in self.clients.values_mut() {
                if client.renderer.capabilities().notifications.is_some() {
                    client.notice = Some(notice.clone());
                    client.pending.all();
                    shown = true;
                }
            }
        }
        if shown || !matches!(place, Place::Auto | Place::Command) {
            return;
        }
        let local = self.clients.keys().copied().collect::<Vec<_>>();
        let attached = local.into_iter().find_map(|client| self.desktop(client));
        // Nobody is attached, or everybody over the network: the desktop that the daemon knows.
        let desktop = attached
            .unwrap_or_else(|| Desktop { env: self.shared.env.clone(), client: BTreeMap::new() });
        let commands = self.shared.config.notifications.commands.clone();
        let (title, text) = (notice.title(), notice.text.clone());
        crate::server::aside::pool::spawn(move || {
            if !notify::show(&desktop, &commands, &title, &text) {
                tracing::debug!("no program shows notifications here");
            }
        });
    }
}
