//! `diff` by a program of the user's: one that reads a patch, or one that compares two files. What
//! it gets has nothing in it that steers a terminal, as it may let that through.

use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::CliError;
use crate::{print, show};
use segno_base::system::os;
use segno_store::file::foreign;
use segno_worktree::diff::{Diff, FileDiff, Hunk, Side};

const OLD: &str = "{old}";
const NEW: &str = "{new}";
/// Larger files are not compared, in bytes.
const FILE_MAX: u64 = 16 << 20;

/// Shows a difference by it, and waits for its end. A line of several words is a program with its
/// arguments.
pub fn show(what: &str, line: &str, root: &Path, diff: &Diff) -> Result<(), CliError> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let failed = |why: std::io::Error| {
        CliError::new(what, format!("{line}: {why}"))
            .todo("install it, or change worktree.diff_program")
    };
    if !words.iter().any(|word| matches!(*word, OLD | NEW)) {
        return patch(&words, diff).map_err(failed);
    }
    let directory = tempfile::tempdir().map_err(failed)?;
    for (number, file) in diff.files.iter().enumerate() {
        let after = match &file.new {
            Some(path) => foreign::read_file(&root.join(path), FILE_MAX).ok().flatten(),
            None => Some(Vec::new()),
        };
        match after.filter(|_| !file.binary && !file.hunks.is_empty()) {
            Some(after) => {
                let place = directory.path().join(number.to_string());
                compare(&words, &place, file, &after).map_err(failed)?;
            }
            None => print::line(&show::worktree::heading(file))?,
        }
    }
    Ok(())
}

/// Gives it everything as a patch.
fn patch(words: &[&str], diff: &Diff) -> std::io::Result<()> {
    let mut command = command(words, |word| word.into());
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // Whoever has seen enough does not read the rest.
        let _ = input.write_all(show::worktree::git_patch(diff).as_bytes());
    }
    child.wait().map(drop)
}

/// Gives it a file as it was and as it is.
fn compare(words: &[&str], place: &Path, file: &FileDiff, after: &[u8]) -> std::io::Result<()> {
    let after: Vec<&[u8]> = after.split_inclusive(|byte| *byte == b'\n').collect();
    let old = beside(Path::new("old"), file.old.as_deref().unwrap_or(file.path()));
    let new = beside(Path::new("new"), file.path());
    for (path, lines) in [(&old, before(&after, &file.hunks)), (&new, after.clone())] {
        let path = place.join(path);
        fs::create_dir_all(path.parent().unwrap_or(place))?;
        let plain =
            |line: &&[u8]| show::worktree::shown(line.strip_suffix(b"\n").unwrap_or(line)) + "\n";
        fs::write(path, lines.iter().map(plain).collect::<String>())?;
    }
    let mut command = command(words, |word| match word {
        OLD => old.clone(),
        NEW => new.clone(),
        word => word.into(),
    });
    command.current_dir(place).status().map(drop)
}

fn command(words: &[&str], argument: impl Fn(&str) -> PathBuf) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"", &[]));
    let mut command = Command::new(program);
    command.args(arguments.iter().map(|word| argument(word)));
    os::own_signals(&mut command);
    command
}

/// A path below a directory, with nothing in its names that steers a terminal.
fn beside(directory: &Path, path: &Path) -> PathBuf {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(show::plain(&name.to_string_lossy())),
        _ => None,
    });
    directory.join(names.collect::<PathBuf>())
}

/// The lines of a file before its hunks.
fn before<'a>(after: &[&'a [u8]], hunks: &'a [Hunk]) -> Vec<&'a [u8]> {
    let mut lines = Vec::new();
    let mut at = 0;
    let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    for hunk in hunks {
        // Where a hunk leaves no lines, it says which line is before it.
        let first = number(hunk.new.0).saturating_sub(usize::from(hunk.new.1 > 0));
        lines.extend(after.get(at..first).unwrap_or_default());
        let old = hunk.lines.iter().filter(|line| line.side != Side::New);
        lines.extend(old.map(|line| line.text.as_slice()));
        at = first.saturating_add(number(hunk.new.1));
    }
    lines.extend(after.get(at..).unwrap_or_default());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::rows::tests::diff;

    #[test]
    fn what_was_before_is_made_of_what_is_there() {
        let mut hunks = diff(&[" a", "-b", "+B", "+C", " d"]).files.remove(0).hunks;
        hunks[0].old.0 = 2;
        hunks[0].new.0 = 2;
        let after: Vec<&[u8]> = vec![b"0\n", b"a\n", b"B\n", b"C\n", b"d\n", b"e"];
        assert_eq!(before(&after, &hunks), [&b"0\n"[..], b"a", b"b", b"d", b"e"]);
        hunks[0].lines.retain(|line| line.side == Side::Old);
        (hunks[0].old, hunks[0].new) = ((2, 1), (1, 0));
        assert_eq!(before(&[b"0\n", b"1\n"], &hunks), [&b"0\n"[..], b"b", b"1\n"]);
    }

    #[test]
    fn names_cannot_lead_elsewhere_or_steer_a_terminal() {
        let path = beside(Path::new("old"), Path::new("/a/../\u{1b}[2J"));
        assert_eq!(path, Path::new("old/a/ [2J"));
    }
}
