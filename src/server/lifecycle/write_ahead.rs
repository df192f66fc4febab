//! A client's command and how far its input was handled, stored as one before anything is done. So
//! is what a call with a key makes.
//!
//! A daemon killed right after a command would otherwise have forgotten it, or be given it again.
//! The file is not synced: it is for the next daemon, not for a power loss, and goes as soon as
//! the workspace itself is stored.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::core::update::effect::Effect;
use crate::server::Server;
use crate::server::client::input_cursor::Progress;
use crate::server::lifecycle::saver::Stored;
use segno_store::file::atomic;
use segno_store::file::foreign;
use segno_store::home::Home;

/// Far more than any workspace.
const LIMIT: u64 = 64 << 20;

/// What the file holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::server) struct Commit {
    /// The client; empty: a call.
    token: String,
    seq: u64,
    progress: [u8; Progress::BYTES],
    pub stored: Stored,
}

impl Commit {
    /// How far this client's input was handled with it.
    pub fn progress(&self, token: &str) -> Option<Progress> {
        (!token.is_empty() && self.token == token)
            .then(|| Progress::decode(self.seq, &self.progress))
    }
}

fn path(home: &Home) -> PathBuf {
    home.run_dir().join("commit.json")
}

/// What a killed daemon left; one that cannot be read is none.
pub(in crate::server) fn load(home: &Home) -> Option<Commit> {
    let bytes = foreign::read_file(&path(home), LIMIT).ok()??;
    serde_json::from_slice(&bytes).ok()
}

/// The workspace has it now.
pub(in crate::server) fn remove(home: &Home) {
    let _ = std::fs::remove_file(path(home));
}

/// Whether it must not be done twice, or forgotten.
fn is_lasting(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Save | Effect::Start { .. } | Effect::Kill { .. } | Effect::Forget { .. }
    )
}

impl Server {
    /// Stores what a client's command, or a call with a key, has changed in the model, if that was
    /// one.
    pub(in crate::server) fn commit(&mut self, effects: &[Effect]) {
        let Some(typing) = self.typing.as_ref().filter(|_| effects.iter().any(is_lasting)) else {
            if effects.contains(&Effect::SaveFirst) {
                self.store_first(String::new(), &Progress::default());
            }
            return;
        };
        let (client, progress) = (typing.client, typing.progress.clone());
        // What was typed before the command is done before it.
        self.hand_out_before();
        let Some(token) = self.clients.get(&client).and_then(|client| client.token.clone()) else {
            return;
        };
        self.store_first(token, &progress);
    }

    fn store_first(&mut self, token: String, progress: &Progress) {
        let stored = self.stored();
        self.saver.committed = Some(stored.revision);
        let commit = Commit { token, seq: progress.seq, progress: progress.encode(), stored };
        let written = serde_json::to_vec(&commit)
            .map_err(std::io::Error::from)
            .and_then(|bytes| atomic::write_unsynced(&path(&self.options.home), &bytes));
        if let Err(error) = written {
            tracing::debug!(%error, "a command could not be stored before it was carried out");
        }
    }
}
