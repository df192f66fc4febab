//! A target's key: stored, printed by a command of the user's, or typed unseen.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, raise};
use nix::sys::termios::{
    LocalFlags, SetArg, SpecialCharacterIndices as Key, Termios, tcgetattr, tcsetattr,
};

use super::{failed, targets};
use crate::environment::Environment;
use crate::error::CliError;
use segno_sync::target::Target;

/// How long a command may take: it may ask its user. Nothing is sent meanwhile.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest key, in bytes.
const KEY_MAX: u64 = 64 << 10;

/// Its key; `None` where it has none.
pub fn of(env: &Environment, what: &str, target: &Target) -> Result<Option<String>, CliError> {
    match &target.key_command {
        Some(command) => printed(what, command).map(Some),
        None => targets(env).key(&target.name).map_err(|e| failed(what, &e)),
    }
}

/// What the user's command prints first.
pub fn printed(what: &str, command: &str) -> Result<String, CliError> {
    let fails = |e: io::Error| CliError::new(what, format!("{command}: {e}"));
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(fails)?;
    let output = child.stdout.take();
    let reading = std::thread::spawn(move || {
        let mut text = Vec::new();
        output.map_or(Ok(0), |output| output.take(KEY_MAX).read_to_end(&mut text)).map(|_| text)
    });
    let until = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait().map_err(fails)? {
            Some(status) => break status,
            None if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            None => {
                let _ = child.kill().and_then(|()| child.wait());
                return Err(CliError::new(
                    what,
                    format!("the key's command does not end: {command}"),
                ));
            }
        }
    };
    if !status.success() {
        return Err(CliError::new(what, format!("the key's command failed: {command}")));
    }
    let text =
        reading.join().map_err(|_| CliError::new(what, "it cannot be read"))?.map_err(fails)?;
    let text = String::from_utf8_lossy(&text);
    let key = text.lines().next().unwrap_or_default().trim();
    match key.is_empty() {
        true => Err(CliError::new(what, format!("the key's command prints nothing: {command}"))),
        false => Ok(key.to_owned()),
    }
}

/// Standard input's first line.
pub fn from_input(what: &str) -> Result<String, CliError> {
    let mut text = String::new();
    let mut input = std::io::stdin().lock().take(KEY_MAX);
    input.read_line(&mut text).map_err(|e| CliError::new(what, e))?;
    match text.trim() {
        "" => Err(CliError::usage(what, "there is no key on standard input")),
        key => Ok(key.to_owned()),
    }
}

/// Asks at the terminal; what is typed is not seen where `unseen`. `None` without a terminal.
pub fn asked(what: &str, question: &str, unseen: bool) -> Result<Option<String>, CliError> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Ok(None);
    }
    eprint!("{question}: ");
    let _ = std::io::stderr().flush();
    let before = tcgetattr(&input).ok().filter(|_| unseen);
    let text = match before {
        Some(before) => self::unseen(input.as_fd(), &before, input.lock()),
        None => {
            let mut text = String::new();
            input.lock().take(KEY_MAX).read_line(&mut text).map(|_| Some(text))
        }
    };
    match text.map_err(|e| CliError::new(what, e))? {
        Some(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        None => {
            eprintln!();
            let _ = raise(Signal::SIGINT);
            Err(CliError::new(what, "it was interrupted"))
        }
    }
}

/// A line that is not seen while it is typed; `None` when it is interrupted. No key sends a signal
/// meanwhile: it would end this program with a terminal that shows nothing of what is typed.
fn unseen(
    terminal: BorrowedFd,
    before: &Termios,
    input: impl BufRead,
) -> io::Result<Option<String>> {
    let key = |of: Key| before.control_chars[of as usize];
    let interrupts = [key(Key::VINTR), key(Key::VQUIT)];
    let mut quiet = before.clone();
    quiet.local_flags.remove(LocalFlags::ECHO | LocalFlags::ISIG);
    quiet.local_flags.insert(LocalFlags::ECHONL);
    // They end a line, so that they need no Enter.
    quiet.control_chars[Key::VEOL as usize] = interrupts[0];
    quiet.control_chars[Key::VEOL2 as usize] = interrupts[1];
    tcsetattr(terminal, SetArg::TCSAFLUSH, &quiet)?;
    let text = line(input, &interrupts);
    tcsetattr(terminal, SetArg::TCSAFLUSH, before)?;
    text
}

fn line(input: impl BufRead, interrupts: &[u8]) -> io::Result<Option<String>> {
    let mut text = Vec::new();
    for byte in input.take(KEY_MAX).bytes() {
        match byte? {
            b'\n' => break,
            // 0 is no key.
            byte if byte != 0 && interrupts.contains(&byte) => return Ok(None),
            byte => text.push(byte),
        }
    }
    String::from_utf8(text).map(Some).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::BufReader;

    #[test]
    fn a_key_is_typed_unseen_and_an_interrupt_leaves_the_terminal_as_it_was() {
        for (typed, read) in [("key\n", Some("key")), ("ke\x03", None), ("k\x1c", None)] {
            let pty = nix::pty::openpty(None, None).unwrap();
            let before = tcgetattr(&pty.slave).unwrap();
            let input = BufReader::new(File::from(pty.slave.try_clone().unwrap()));
            let terminal = pty.slave.as_fd();
            let settings = before.clone();
            let text = std::thread::scope(|scope| {
                let reading = scope.spawn(move || unseen(terminal, &settings, input).unwrap());
                let echoes = || tcgetattr(terminal).unwrap().local_flags.contains(LocalFlags::ECHO);
                while echoes() {
                    std::thread::yield_now();
                }
                nix::unistd::write(&pty.master, typed.as_bytes()).unwrap();
                reading.join().unwrap()
            });
            assert_eq!(text.as_deref(), read);
            assert_eq!(tcgetattr(terminal).unwrap(), before);
        }
    }
}
