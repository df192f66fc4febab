//! Starting a daemon again that ended without saying so. When to do that is decided here, by what
//! happens and the time; nothing else of the keeper knows of it.

use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::protocol::{Revival, Successor};
use segno_base::system::executable;
use segno_base::system::os;

/// How long to wait before each start in a row. After the last one it is left alone.
const PAUSES: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(15),
    Duration::from_secs(60),
];
/// How long a daemon may take from its start until it says hello.
const ARRIVAL: Duration = Duration::from_secs(20);
/// A daemon that lived so long was no failure, whatever ended it.
const STEADY: Duration = Duration::from_secs(10);

/// What to start when the daemon dies, and how that has gone so far.
#[derive(Debug, Default)]
pub struct Reviver {
    /// As the daemon asked for; none after an orderly end.
    successor: Option<Successor>,
    /// Starts in a row.
    starts: usize,
    given_up: bool,
    /// What the last one that could not start said.
    why: String,
    next: Option<Next>,
    /// Where the one that was started says whether it can.
    says: Option<PipeReader>,
    /// Since when a daemon is here.
    since: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
enum Next {
    StartAt(Instant),
    ArrivesUntil(Instant),
}

impl Reviver {
    /// The daemon that is here says what to start after its death.
    pub fn arm(&mut self, successor: Successor) {
        self.successor = Some(successor);
    }

    /// The daemon that is here ends in order: nothing is started.
    pub fn disarm(&mut self) {
        *self = Reviver { since: self.since, ..Reviver::default() };
    }

    /// A daemon has come.
    pub fn arrived(&mut self, now: Instant) {
        self.since = Some(now);
        self.next = None;
        self.says = None;
        self.given_up = false;
    }

    /// The daemon has gone.
    pub fn lost(&mut self, now: Instant) {
        let lived = self.since.take().map(|since| now.saturating_duration_since(since));
        if lived.is_some_and(|lived| lived >= STEADY) {
            self.starts = 0;
        }
        self.plan(now);
    }

    /// When [`Reviver::tick`] has something to do.
    pub fn due(&self) -> Option<Instant> {
        self.next.map(|next| match next {
            Next::StartAt(at) | Next::ArrivesUntil(at) => at,
        })
    }

    /// What is readable when the one that was started has something to say.
    pub fn says(&self) -> Option<BorrowedFd<'_>> {
        self.says.as_ref().map(AsFd::as_fd)
    }

    /// Reads what it says. Its end without a message is a failure, too.
    pub fn listen(&mut self, now: Instant) {
        let Some(mut says) = self.says.take() else { return };
        let mut bytes = [0; 512];
        let length = says.read(&mut bytes).unwrap_or(0);
        let line = String::from_utf8_lossy(&bytes[..length]);
        match line.trim() {
            // It says hello in a moment, or another one does.
            "ready" | "running" => {}
            why => {
                self.why = if why.is_empty() { "it ended at once" } else { why }.to_string();
                self.next = None;
                self.plan(now);
            }
        }
    }

    /// Starts what is due.
    pub fn tick(&mut self, now: Instant) {
        if self.due().is_none_or(|at| at > now) {
            return;
        }
        let starts = matches!(self.next.take(), Some(Next::StartAt(_)));
        self.says = None;
        match self.successor.as_ref().filter(|_| starts).map(start) {
            Some(Ok(says)) => {
                self.says = Some(says);
                self.next = Some(Next::ArrivesUntil(now + ARRIVAL));
            }
            Some(Err(error)) => {
                self.why = error.to_string();
                self.plan(now);
            }
            None => {
                self.why = "it does not become ready".to_string();
                self.plan(now);
            }
        }
    }

    /// How it stands while no daemon is here.
    pub fn report(&self) -> Option<Revival> {
        self.successor.as_ref().filter(|_| self.since.is_none())?;
        let why = self.why.clone();
        Some(Revival { starts: self.starts, given_up: self.given_up, why })
    }

    fn plan(&mut self, now: Instant) {
        if self.successor.is_none() {
            return;
        }
        match PAUSES.get(self.starts) {
            Some(pause) => {
                self.starts += 1;
                self.next = Some(Next::StartAt(now + *pause));
            }
            None => self.given_up = true,
        }
    }
}

/// Starts a daemon that belongs to nobody; what it says of its start can be read then.
fn start(successor: &Successor) -> io::Result<PipeReader> {
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new(executable::to_start(successor.program.as_ref()));
    command
        .args(&successor.args)
        .args(["--ready-fd", &writer.as_raw_fd().to_string()])
        .env_clear()
        .envs(successor.env.iter().map(|(name, value)| (name, value)))
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    os::detach(&mut command, Some(writer.as_raw_fd()));
    // The process in between ends as soon as it has forked.
    command.spawn()?.wait()?;
    Ok(reader)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn armed(program: &str) -> Reviver {
        let mut reviver = Reviver::default();
        reviver.arm(Successor { program: program.into(), args: Vec::new(), env: Vec::new() });
        reviver
    }

    #[test]
    fn the_first_start_is_at_once_and_an_orderly_end_starts_nothing() {
        let now = Instant::now();
        let mut reviver = Reviver::default();
        reviver.arrived(now);
        reviver.lost(now);
        assert_eq!(reviver.due(), None, "nobody said what to start");
        let mut reviver = armed("/bin/true");
        reviver.arrived(now);
        assert_eq!(reviver.report(), None);
        reviver.lost(now);
        assert_eq!(reviver.due(), Some(now));
        reviver.tick(now);
        assert_eq!(reviver.due(), Some(now + ARRIVAL));
        reviver.arrived(now);
        assert_eq!(reviver.due(), None);
        reviver.disarm();
        reviver.lost(now);
        assert_eq!((reviver.due(), reviver.report()), (None, None));
    }

    #[test]
    fn failures_in_a_row_come_to_an_end_with_growing_pauses() {
        let mut now = Instant::now();
        let mut reviver = armed("/nowhere/at/all");
        // The running program is started instead, which does not know the argument.
        reviver.arrived(now);
        reviver.lost(now);
        let mut starts = Vec::new();
        let begun = now;
        while let Some(at) = reviver.due() {
            now = at;
            if matches!(reviver.next, Some(Next::StartAt(_))) {
                starts.push(now - begun);
            }
            reviver.tick(now);
            reviver.listen(now);
        }
        assert_eq!(starts.len(), PAUSES.len());
        let report = reviver.report().unwrap();
        assert_eq!((report.starts, report.given_up), (PAUSES.len(), true));
        assert_eq!(report.why, "it ended at once");
        // Whoever comes all the same counts, and one that stays is no failure.
        reviver.arrived(now);
        assert_eq!(reviver.report(), None);
        reviver.lost(now + STEADY);
        assert_eq!(reviver.due(), Some(now + STEADY));
    }
}
