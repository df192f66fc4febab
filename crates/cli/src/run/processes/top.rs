//! `top`: the panes and what they use, drawn again and again.

use std::time::{Duration, Instant};

use super::{panes, running};
use crate::args::Top;
use crate::environment::Environment;
use crate::error::CliError;
use crate::process::readable_within;
use crate::run::{now, paint};
use crate::show::processes::Running;
use crate::show::table::Paint;
use crate::{print, show};
use segno_base::system::os::processes::{self, Process};
use segno_client::terminal::{Terminal, TerminalError};

const WHAT: &str = "cannot show the panes";
/// The first picture comes after so long: what was used meanwhile is what it shows.
const FIRST: Duration = Duration::from_millis(250);
/// The other screen, without a cursor and without wrapping.
const BEGIN: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const HOME: &str = "\x1b[H";
/// What was there before goes.
const END_OF_LINE: &str = "\x1b[K\r\n";
const END: &str = "\x1b[J";

/// `top`
pub fn top(env: &Environment, args: &Top) -> Result<(), CliError> {
    let mut before = (processes::all(), Instant::now());
    if args.once {
        std::thread::sleep(FIRST);
        let running = look(env, &mut before)?;
        return print::line(&show::processes::top(&running, now(), paint(env)));
    }
    let terminal = Terminal::enter().map_err(|error| match error {
        TerminalError::NotATerminal(_) => {
            CliError::new(WHAT, error).todo("`segno top --once` prints them once")
        }
        error => CliError::new(WHAT, error),
    })?;
    terminal.begin_drawing();
    draw(&terminal, BEGIN);
    let mut pause = FIRST;
    loop {
        if typed(&terminal, pause)? {
            return Ok(());
        }
        pause = args.every.max(Duration::from_millis(100));
        let size = terminal.size().cells;
        let paint = Paint { columns: Some(size.cols), ..paint(env) };
        let text = match look(env, &mut before) {
            Ok(running) => show::processes::top(&running, now(), paint),
            // The next daemon is as good.
            Err(error) => format!("{error}\n"),
        };
        let rows = usize::from(size.rows.saturating_sub(1)).max(1);
        let lines: Vec<&str> = text.lines().take(rows).collect();
        draw(&terminal, &format!("{HOME}{}{END}", lines.join(END_OF_LINE) + END_OF_LINE));
    }
}

fn look(env: &Environment, before: &mut (Vec<Process>, Instant)) -> Result<Running, CliError> {
    let panes = panes(env, WHAT)?;
    let after = (processes::all(), Instant::now());
    let mut running = running(env, WHAT, &panes, after.0.clone())?;
    running.measure(&before.0, after.1.duration_since(before.1));
    *before = after;
    Ok(running)
}

/// Waits so long; whether a key that ends it was pressed, or the terminal is gone.
fn typed(terminal: &Terminal, patience: Duration) -> Result<bool, CliError> {
    let end = Instant::now() + patience;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if !readable_within(&terminal.fd(), left) {
            return Ok(false);
        }
        let mut bytes = [0; 64];
        match terminal.read(&mut bytes).map_err(|e| CliError::new(WHAT, e))? {
            Some(0) => return Ok(true),
            // `q`, ctrl+c, and escape alone.
            Some(n) if matches!(bytes[..n], [b'q' | b'Q' | 3 | 27]) => return Ok(true),
            _ if left.is_zero() => return Ok(false),
            _ => {}
        }
    }
}

fn draw(terminal: &Terminal, text: &str) {
    let mut bytes = text.as_bytes();
    while !bytes.is_empty() {
        match terminal.write(bytes) {
            // A terminal that takes nothing gets the next picture.
            Ok(0) | Err(_) => return,
            Ok(n) => bytes = &bytes[n..],
        }
    }
}
