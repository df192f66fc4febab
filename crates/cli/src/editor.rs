//! The user's editor on a text.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

use super::environment;
use segno_base::system::os;

/// Lets the user edit a text, in a file of this directory for as long as needed.
pub fn edit(text: &str, directory: &Path) -> io::Result<String> {
    let path = directory.join(format!("note.{}.md", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let edited = file.write_all(text.as_bytes()).and_then(|()| run(&path));
    // Also after an editor that could not be started.
    let result = edited.and_then(|()| std::fs::read_to_string(&path));
    let _ = std::fs::remove_file(&path);
    result
}

/// Opens the user's editor at a line of a file, and waits for its end.
pub fn open(path: &Path, line: u32) -> io::Result<()> {
    let mut words = vec![format!("+{line}")];
    words.push(path.to_string_lossy().into_owned());
    start(&words)
}

fn run(path: &Path) -> io::Result<()> {
    start(&[path.to_string_lossy().into_owned()])
}

/// A line of several words is a program with its arguments.
fn start(args: &[String]) -> io::Result<()> {
    let line = environment::editor();
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("vi"));
    command.args(words).args(args);
    os::own_signals(&mut command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(io::Error::other(format!("{line} ended with {status}"))),
        Err(error) => Err(io::Error::other(format!("cannot start {line}: {error}"))),
    }
}
