//! What a program prints.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Cursor, Outcome, STORED_MAX, Source, file, json};
use crate::description::Form;
use crate::map::Mapper;
use crate::record::Record;

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// The most that it may print, in bytes.
const PRINTED_MAX: usize = 2 * STORED_MAX;

pub(super) fn read(
    source: &Source,
    command: &[String],
    known: &Cursor,
    take: &mut impl FnMut(Record),
) -> Result<Outcome, String> {
    let printed = printed(command)?;
    let version = file::hash(&printed);
    let bytes = printed.len() as u64;
    if known.version == version {
        return Ok(Outcome { cursor: known.clone(), bytes, ..Outcome::default() });
    }
    let mut mapper = Mapper::new(&source.transcript, &source.start, Default::default());
    let parts: Vec<&[u8]> = match source.transcript.form {
        Form::Lines => printed.split(|byte| *byte == b'\n').collect(),
        Form::Json | Form::Markdown => vec![&printed],
    };
    let mut broken = 0;
    for (n, part) in parts.into_iter().enumerate() {
        match json::parsed(part) {
            Some(stored) => mapper.take(&stored, &n.to_string(), take),
            None => broken += usize::from(!part.trim_ascii().is_empty()),
        }
    }
    let mut outcome = Outcome { again: !known.version.is_empty(), bytes, ..Outcome::default() };
    if broken > 0 {
        outcome.problems.push(source.problem("it does not print JSON"));
    }
    outcome.cursor = Cursor { version, carry: mapper.into_carry(), ..Cursor::default() };
    Ok(outcome)
}

fn printed(command: &[String]) -> Result<Vec<u8>, String> {
    let (program, arguments) = command.split_first().ok_or("it has no program")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let output = child.stdout.take().ok_or("it has no output")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.take(PRINTED_MAX as u64 + 1).read_to_end(&mut bytes);
        let _ = sender.send(read.map(|_| bytes));
    });
    let read = receiver.recv_timeout(PATIENCE);
    // It has printed all, or too much, or waits for something.
    let _ = child.kill();
    let _ = child.wait();
    match read {
        Ok(Ok(bytes)) if bytes.len() > PRINTED_MAX => Err("it prints more than 32 MiB".to_string()),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it does not end".to_string()),
    }
}
