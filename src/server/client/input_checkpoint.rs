//! How far each client's input was handled, and where it is, in a file for each: the next daemon
//! learns from it which keys were handled before this one died, and which pane gets the rest.
//!
//! A client that was stopped comes back late and sends again what was not acknowledged, so its
//! file waits for it. One that has not come back for a day will not, and its file goes.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::server::client::input_cursor::Progress;
use segno_base::ids::{ClientId, PaneId};
use segno_store::home::Home;

const PREFIX: &str = "input.";
/// A number, and the rest of a [`Progress`].
const PROGRESS: usize = 8 + Progress::BYTES;
/// How long the file of a client that went is kept, in milliseconds.
const KEPT: u64 = 24 * 60 * 60 * 1000;

/// Where the number of the client and that of its pane stand, after the time since when it is
/// gone.
const PLACE: u64 = PROGRESS as u64 + 8;

/// Who a client is, and which pane gets its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct ClientPlace {
    pub client: ClientId,
    pub pane: PaneId,
}

/// One client's file: its progress, its place and, while the client is gone, since when it is.
#[derive(Debug)]
pub(in crate::server) struct InputRecord(File);

impl InputRecord {
    /// For a client that has come, or come back.
    pub fn open(home: &Home, token: &str) -> Option<InputRecord> {
        let record = InputRecord(options().create(true).open(path(home, token)).ok()?);
        // It is not gone any more.
        if record.gone_since().is_some() {
            record.0.write_at(&[0; 8], PROGRESS as u64).ok()?;
        }
        Some(record)
    }

    /// What the previous daemon had handled.
    pub fn read(&self) -> Option<Progress> {
        let mut bytes = [0; PROGRESS];
        // One that is shorter is a new one, or of an earlier version, which held nothing back.
        self.0.read_at(&mut bytes, 0).ok()?;
        let (seq, rest) = bytes.split_first_chunk()?;
        Some(Progress::decode(u64::from_le_bytes(*seq), rest.first_chunk()?))
    }

    pub fn write(&self, progress: &Progress) {
        let mut bytes = [0; PROGRESS];
        bytes[..8].copy_from_slice(&progress.seq.to_le_bytes());
        bytes[8..].copy_from_slice(&progress.encode());
        let _ = self.0.write_at(&bytes, 0);
    }

    /// Where the client was when the previous daemon ended.
    pub fn place(&self) -> Option<ClientPlace> {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, PLACE).ok()?;
        let [a, b, c, d, pane @ ..] = bytes;
        let client = ClientId(u32::from_le_bytes([a, b, c, d]));
        Some(ClientPlace { client, pane: PaneId::new(u32::from_le_bytes(pane))? })
    }

    pub fn write_place(&self, place: ClientPlace) {
        let [a, b, c, d] = place.client.0.to_le_bytes();
        let [e, f, g, h] = place.pane.number().to_le_bytes();
        let _ = self.0.write_at(&[a, b, c, d, e, f, g, h], PLACE);
    }

    /// The client is gone without a goodbye.
    pub fn gone(&self, now: u64) {
        let _ = self.0.write_at(&now.to_le_bytes(), PROGRESS as u64);
    }

    fn gone_since(&self) -> Option<u64> {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, PROGRESS as u64).ok()?;
        Some(u64::from_le_bytes(bytes)).filter(|since| *since != 0)
    }
}

/// The client has said goodbye, and will not come back.
pub(in crate::server) fn remove(home: &Home, token: &str) {
    let _ = std::fs::remove_file(path(home, token));
}

/// Removes the files of clients that have been gone for long. All are gone that a daemon finds when
/// it starts; those that were attached to the one before are so from now on.
pub(in crate::server) fn sweep(home: &Home, now: u64) {
    for entry in std::fs::read_dir(home.run_dir()).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            sweep_one(&entry.path(), now);
        }
    }
}

fn sweep_one(path: &Path, now: u64) {
    let Some(record) = options().open(path).ok().map(InputRecord) else { return };
    match record.gone_since() {
        Some(since) if since <= now => {
            if now - since >= KEPT {
                let _ = std::fs::remove_file(path);
            }
        }
        // Just gone; or the clock was ahead, which must not keep it for ever.
        _ => record.gone(now),
    }
}

fn path(home: &Home, token: &str) -> PathBuf {
    home.run_dir().join(format!("{PREFIX}{token}"))
}

fn options() -> OpenOptions {
    let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600).custom_flags(flags);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_000_000_000;
    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn home() -> (tempfile::TempDir, Home) {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(temp.path().as_os_str()), None, temp.path()).unwrap();
        home.create().unwrap();
        (temp, home)
    }

    #[test]
    fn a_client_that_comes_back_within_a_day_finds_its_record() {
        let (_temp, home) = home();
        let record = InputRecord::open(&home, TOKEN).unwrap();
        record.write(&Progress::handled(7));
        // Its daemon is killed, and the next ones wait for it.
        sweep(&home, NOW);
        sweep(&home, NOW + KEPT - 1);
        let record = InputRecord::open(&home, TOKEN).unwrap();
        assert_eq!(record.read(), Some(Progress::handled(7)));
        // From then on it is not gone, however long ago it was.
        sweep(&home, NOW + KEPT * 2);
        assert!(path(&home, TOKEN).exists());
    }

    #[test]
    fn a_client_comes_back_where_it_was() {
        let (_temp, home) = home();
        let place = ClientPlace { client: ClientId(2), pane: PaneId::new(9).unwrap() };
        let record = InputRecord::open(&home, TOKEN).unwrap();
        assert_eq!(record.place(), None);
        record.write(&Progress::handled(7));
        record.write_place(place);
        sweep(&home, NOW);
        let record = InputRecord::open(&home, TOKEN).unwrap();
        assert_eq!((record.read(), record.place()), (Some(Progress::handled(7)), Some(place)));
        sweep(&home, NOW + KEPT * 2);
        assert!(path(&home, TOKEN).exists());
    }

    #[test]
    fn after_a_day_the_record_goes() {
        let (_temp, home) = home();
        InputRecord::open(&home, TOKEN).unwrap().gone(NOW);
        sweep(&home, NOW + KEPT - 1);
        assert!(path(&home, TOKEN).exists());
        sweep(&home, NOW + KEPT);
        assert!(!path(&home, TOKEN).exists());
    }

    #[test]
    fn whatever_a_file_says_it_goes_in_the_end() {
        let (_temp, home) = home();
        std::fs::write(path(&home, "short"), b"x").unwrap();
        InputRecord::open(&home, "ahead").unwrap().gone(u64::MAX);
        sweep(&home, NOW);
        sweep(&home, NOW + KEPT);
        assert!(!path(&home, "short").exists());
        assert!(!path(&home, "ahead").exists());
    }
}
