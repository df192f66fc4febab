//! `pane.read`: what is on a pane's screen, and above it.
//!
//! A pane whose screen is still being rebuilt is read when that is done. A text that is too long
//! for one answer is kept for a while, and read in pieces.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::server::control::calls::result;
use crate::server::control::target::pane_named;
use crate::server::message::Answer;
use crate::server::shared::Shared;
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Point;
use segno_core::model::pane::Life;
use segno_term::{Frozen, Lines, TextFormat};
use segno_wire::control::panes::pane::{Read, ReadFormat, ReadResult};
use segno_wire::rpc::{RpcError, code};

/// Bytes of a text in one answer: six times as much where all are escaped still fits into a line.
const PIECE: usize = 1 << 20;
/// How long a read waits for a screen; a caller gives up after a minute.
const PATIENCE: Duration = Duration::from_secs(45);
/// Texts that are kept, and for how long after they were last asked for.
const KEPT_MAX: usize = 4;
const KEPT_FOR: Duration = Duration::from_secs(60);

/// Reads that are not answered, and texts that were given in part.
#[derive(Default)]
pub(in crate::server) struct Reads {
    waiting: Vec<Waiting>,
    kept: Vec<Kept>,
    last: u64,
}

struct Waiting {
    read: Read,
    until: Instant,
    answer: oneshot::Sender<Answer>,
}

struct Kept {
    token: String,
    rest: ReadResult,
    asked: Instant,
}

impl Reads {
    /// When a read is given up.
    pub fn due(&self) -> Option<Instant> {
        self.waiting.iter().map(|waiting| waiting.until).min()
    }
}

/// A screen as it was when it was asked for.
struct Unread {
    frozen: Frozen,
    lines: Lines,
    format: TextFormat,
    cursor: Point,
    alternate: bool,
}

impl Unread {
    fn read(&self) -> ReadResult {
        let size = self.frozen.size();
        ReadResult {
            text: self.frozen.text(self.lines, self.format),
            cols: size.cols,
            rows: size.rows,
            cursor_x: self.cursor.x,
            cursor_y: self.cursor.y,
            alternate: self.alternate,
            above: self.frozen.rows_above(self.lines, self.format),
            more: None,
        }
    }
}

pub(in crate::server) fn text_format(format: ReadFormat) -> TextFormat {
    match format {
        ReadFormat::Text => TextFormat::Plain,
        ReadFormat::Ansi => TextFormat::Ansi,
        ReadFormat::Rows => TextFormat::Rows,
    }
}

impl Reads {
    /// `pane.read`: answers when the pane's screen is there.
    pub(in crate::server) fn read(
        &mut self,
        shared: &mut Shared,
        read: Read,
        answer: oneshot::Sender<Answer>,
    ) {
        self.read_until(shared, read, Instant::now() + PATIENCE, answer);
    }

    fn read_until(
        &mut self,
        shared: &mut Shared,
        read: Read,
        until: Instant,
        answer: oneshot::Sender<Answer>,
    ) {
        let outcome = match &read.more {
            Some(token) => self.read_on(token),
            None => match pane_named(&shared.model, &read.pane)
                .and_then(|pane| screen(shared, pane, &read))
            {
                Ok(Some(screen)) => {
                    // There may be a million lines.
                    return shared.aside(
                        move || screen.read(),
                        move |reads: &mut Reads, _: &mut Shared, whole| {
                            let _ = answer.send(result(&reads.first_piece(whole)));
                        },
                    );
                }
                Ok(None) if Instant::now() < until => {
                    return self.waiting.push(Waiting { read, until, answer });
                }
                Ok(None) => {
                    let why = format!("{} has no screen yet: it waits to be started", read.pane);
                    Err(RpcError::new(code::REFUSED, why))
                }
                Err(error) => Err(error),
            },
        };
        let _ = answer.send(outcome);
    }

    /// Answers the reads that waited for a screen.
    pub(in crate::server) fn check(&mut self, shared: &mut Shared) {
        for Waiting { read, until, answer } in std::mem::take(&mut self.waiting) {
            if !answer.is_closed() {
                self.read_until(shared, read, until, answer);
            }
        }
    }

    fn read_on(&mut self, token: &str) -> Answer {
        let kept = self.kept.iter().position(|kept| kept.token == token);
        match kept.map(|at| self.kept.remove(at)) {
            Some(kept) => result(&self.first_piece(kept.rest)),
            None => Err(RpcError::new(
                code::REFUSED,
                "the rest of that text is not kept; read it again",
            )),
        }
    }

    /// As much as fits into an answer; the rest is kept.
    fn first_piece(&mut self, mut whole: ReadResult) -> ReadResult {
        if whole.text.len() <= PIECE {
            return whole;
        }
        let cut = (0..=PIECE).rev().find(|at| whole.text.is_char_boundary(*at)).unwrap_or(0);
        let rest = whole.text.split_off(cut);
        let now = Instant::now();
        self.kept.retain(|kept| now.duration_since(kept.asked) < KEPT_FOR);
        if self.kept.len() >= KEPT_MAX {
            self.kept.remove(0);
        }
        self.last += 1;
        let token = self.last.to_string();
        let rest = ReadResult { text: rest, ..whole.clone() };
        self.kept.push(Kept { token: token.clone(), rest, asked: now });
        whole.more = Some(token);
        whole
    }
}

/// `None`: the screen is not there yet.
fn screen(shared: &Shared, pane: PaneId, read: &Read) -> Result<Option<Unread>, RpcError> {
    let Some(terminal) = shared.panes.terminal(pane) else {
        return match shared.model.panes.get(&pane).map(|pane| &pane.life) {
            Some(Life::Queued(_) | Life::Starting { .. }) => Ok(None),
            life => {
                let why = match life {
                    Some(Life::Failed { why }) => why.as_str(),
                    _ => "its program does not run",
                };
                let why = format!("{pane} has no screen: {why}");
                Err(RpcError::new(code::REFUSED, why))
            }
        };
    };
    let lines = match (read.all, read.lines) {
        (true, _) => Lines::All,
        (false, Some(n)) => Lines::Last(n),
        (false, None) => Lines::Screen,
    };
    let emulator = terminal.emulator();
    Ok(Some(Unread {
        lines,
        format: text_format(read.format),
        cursor: emulator.cursor().map(|c| c.at).unwrap_or(Point::new(0, 0)),
        alternate: emulator.modes().alt_screen,
        frozen: emulator.freeze(),
    }))
}
