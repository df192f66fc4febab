//! Attached clients: what they send, what they are shown.

pub(in crate::server) mod attach;
pub(in crate::server) mod connection;
pub(in crate::server) mod copy_mode;
pub(in crate::server) mod frame_pacing;
pub(in crate::server) mod input;
pub(in crate::server) mod input_checkpoint;
pub(in crate::server) mod input_cursor;
pub(in crate::server) mod list;
pub(in crate::server) mod paint;
pub(in crate::server) mod scrollback_files;
pub(in crate::server) mod settings;
pub(in crate::server) mod tools;
pub(in crate::server) mod tour;

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

use crate::server::clock;
use crate::server::desktop::notify::Desktop;
use crate::server::lifecycle::write_ahead::Commit;
use crate::server::shared::Shared;
use connection::Attached;
use input::Typing;
use input_checkpoint::InputRecord;
use scrollback_files::ScrollbackFiles;
use segno_base::ids::ClientId;
use segno_core::attention::notices::Notice;
use segno_store::home::Home;
use segno_term::render::teardown;
use segno_wire::frame::{Bye, ByeReason};

/// So many clients' terminals are written to directly.
const TERMINALS_MAX: usize = 16;

/// Those who are attached.
pub(in crate::server) struct Clients {
    attached: HashMap<ClientId, Attached>,
    last: u32,
    /// The client whose input is being handled, and what that means for panes.
    typing: Option<Typing>,
    /// What the previous daemon had stored of a client's last command.
    committed: Option<Commit>,
    /// The last text that somebody, or a program, has copied.
    clipboard: Arc<String>,
    pub scrollback: ScrollbackFiles,
}

impl Clients {
    pub fn new(committed: Option<Commit>) -> Clients {
        Clients {
            attached: HashMap::new(),
            last: 0,
            typing: None,
            committed,
            clipboard: Arc::default(),
            scrollback: ScrollbackFiles::default(),
        }
    }

    /// When something is to be done though nothing happens.
    pub fn due(&self) -> Option<Instant> {
        let clients = self.attached.values();
        let own = clients.flat_map(|client| [client.escape_at, client.ack_due()]).flatten();
        own.chain(self.paint_at()).min()
    }

    /// Acknowledges input where that is due.
    pub fn flush_acks(&mut self, now: Instant) {
        self.attached.values_mut().for_each(|client| client.flush_ack(now));
    }

    /// A client has shown so many bytes.
    pub fn shown(&mut self, client: ClientId, bytes: u64) {
        if let Some(client) = self.attached.get_mut(&client) {
            client.shown = client.shown.max(bytes);
        }
    }

    /// A client hands over its terminal; the first of them may, since descriptors are few.
    pub fn terminal(&mut self, client: ClientId, terminal: &OwnedFd) {
        let others = self.attached.values().filter(|client| client.has_terminal()).count();
        if let Some(client) = self.attached.get_mut(&client).filter(|_| others < TERMINALS_MAX) {
            client.hand_over(terminal);
        }
    }

    /// A client's connection has ended.
    pub fn gone(&mut self, client: ClientId) {
        let record = self.attached.remove(&client).and_then(|mut client| client.record.take());
        if let Some(record) = record {
            record.gone(clock::now_ms());
        }
    }

    /// A client took everything that was sent to it: one that said goodbye is gone with its last
    /// byte.
    pub fn flushed(&mut self, shared: &Shared, client: ClientId) {
        if !shared.model.clients.contains_key(&client) {
            self.attached.remove(&client);
        }
    }

    /// Ends a client's connection.
    pub fn goodbye(&mut self, home: &Home, client: ClientId, bye: Bye) {
        let Some(state) = self.attached.get_mut(&client) else { return };
        let comes_back = bye.reason == ByeReason::Restarting;
        state.bye(&teardown(), bye);
        if let Some(token) = state.token.as_ref().filter(|_| !comes_back) {
            input_checkpoint::remove(home, token);
        }
        if state.is_flushed() {
            self.attached.remove(&client);
        }
    }

    /// Ends all of them.
    pub fn goodbye_to_all(&mut self, home: &Home, bye: &Bye) {
        let all: Vec<_> = self.attached.keys().copied().collect();
        all.into_iter().for_each(|client| self.goodbye(home, client, bye.clone()));
    }

    /// Whether all have taken what was sent to them.
    pub fn are_flushed(&self) -> bool {
        self.attached.values().all(Attached::is_flushed)
    }

    /// What a client sees changed.
    pub fn redraw(&mut self, client: ClientId) {
        if let Some(client) = self.attached.get_mut(&client) {
            client.pending.all();
        }
    }

    /// Rings with the next frame, once however often a program rings until then.
    pub fn bell(&mut self) {
        for client in self.attached.values_mut() {
            client.bell = true;
            client.pending.all();
        }
    }

    /// Has terminals show a notification with their next frame; answers whether any can.
    pub fn notify(&mut self, notice: &Notice) -> bool {
        let mut shown = false;
        for client in self.attached.values_mut() {
            if client.renderer.capabilities().notifications.is_some() {
                client.notice = Some(notice.clone());
                client.pending.all();
                shown = true;
            }
        }
        shown
    }

    /// The desktop of somebody who is attached from this machine.
    pub fn a_desktop(&self, shared: &Shared) -> Option<Desktop> {
        self.attached.keys().find_map(|client| self.desktop(shared, *client))
    }

    /// Makes the files anew that say how far clients' input was handled.
    pub fn renew_records(&mut self, shared: &mut Shared) {
        for client in self.attached.values_mut() {
            let Some(token) = client.token.as_deref().filter(|_| client.record.is_some()) else {
                continue;
            };
            client.record = InputRecord::open(&shared.options.home, token);
            client.placed = None;
        }
    }
}
