//! A pane's text and note in files of the user's.

use std::io::Write;
use std::path::Path;

use segno_store::file::user_file::{self, Existing};
use segno_store::pane::note;
use segno_term::{Frozen, Lines, TextFormat};

/// Replaces a note where there is another one; answers what it is then.
pub(in super::super) fn keep_note(path: &Path, text: Option<&str>) -> Result<String, String> {
    let written = text.map_or(Ok(()), |text| note::write(path, text));
    written.and_then(|()| note::read(path)).map_err(|error| error.to_string())
}

/// A note as `status` shows it.
pub(in super::super) fn note(path: &Path) -> Result<String, String> {
    note::read(path).map_err(|why| why.to_string())
}

/// Makes sure that there is a note to edit.
pub(in super::super) fn prepare_note(path: &Path) -> Result<(), String> {
    note::prepare(path).map_err(|error| error.to_string())
}

/// Saves all of a pane's text.
pub(in super::super) fn save(
    path: &Path,
    frozen: &Frozen,
    format: TextFormat,
    existing: Existing,
) -> Result<(), String> {
    let mut text = frozen.text(Lines::All, format);
    text.push('\n');
    let mut file = user_file::open(path, existing).map_err(|error| error.to_string())?;
    file.write_all(text.as_bytes()).map_err(|e| format!("cannot write {}: {e}", path.display()))
}
