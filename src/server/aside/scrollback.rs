//! The files in which editors are given the text of a pane.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use segno_store::home::Home;
use segno_term::{Frozen, Lines, TextFormat};

/// How they are called.
const PREFIX: &str = "scrollback.";

/// A new one's place.
pub(in super::super) fn file(home: &Home, now: u64, number: u64) -> PathBuf {
    home.run_dir().join(format!("{PREFIX}{now}.{number}.txt"))
}

/// Writes one, for its owner alone.
pub(in super::super) fn write(path: &Path, frozen: &Frozen) -> io::Result<()> {
    if path.to_str().is_none() {
        return Err(io::Error::other("SEGNO_HOME is no Unicode text"));
    }
    let text = frozen.text(Lines::All, TextFormat::Plain);
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes()).inspect_err(|_| drop(std::fs::remove_file(path)))
}

/// Removes those that no editor has any more.
pub(in super::super) fn remove_left(home: &Home, wanted: &BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(home.run_dir()).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if ours && !wanted.contains(&entry.path()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
