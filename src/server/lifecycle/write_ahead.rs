//! A client's command and how far its input was handled, stored as one before anything is done. So
//! is what a call with a key makes.
//!
//! A daemon killed right after a command would otherwise have forgotten it, or be given it again.
//! The file is not synced: it is for the next daemon, not for a power loss, and goes as soon as
//! the workspace itself is stored.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::server::client::input_cursor::Progress;
use crate::server::lifecycle::saver::{Saver, Stored};
use crate::server::shared::Shared;
use segno_core::update::effect::Effect;
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
pub(in crate::server) fn is_lasting(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Save | Effect::Start { .. } | Effect::Kill { .. } | Effect::Forget { .. }
    )
}

impl Saver {
    /// Stores what a client's command has changed in the model, and how far its input was handled.
    pub fn commit(&mut self, shared: &Shared, token: String, progress: &Progress) {
        let stored = self.stored(shared);
        self.committed = Some(stored.revision);
        let commit = Commit { token, seq: progress.seq, progress: progress.encode(), stored };
        let written = serde_json::to_vec(&commit)
            .map_err(std::io::Error::from)
            .and_then(|bytes| atomic::write_unsynced(&path(&shared.options.home), &bytes));
        if let Err(error) = written {
            tracing::debug!(%error, "a command could not be stored before it was carried out");
        }
    }
}
