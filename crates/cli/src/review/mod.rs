//! `diff --review`: what was done in a pane's directory, page by page: lines are commented on, the
//! comments go to the pane's agent as one prompt, and what became of them is seen after its turn.

mod comments;
mod page;
pub mod rows;
mod state;

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::environment::Environment;
use super::error::CliError;
use super::run::panes::prompt::hand_over;
use super::run::worktree::diff::Subject;
use super::run::{self, Reach};
use super::show::worktree::syntax::Syntax;
use super::watch::{Watch, WatchEvent};
use crate::editor;
use comments::Shelf;
use segno_client::signals;
use segno_client::terminal::Terminal;
use segno_store::file::foreign;
use segno_term::input::{Decoder, InputEvent};
use segno_wire::control::Call;
use segno_wire::control::panes::pane::StatusOf;
use segno_wire::control::panes::pane_info::{PaneState, PaneStatus};
use segno_worktree::diff::{self, Against, FileDiff, Hunk, Reverted};
use state::{Action, Review};

const WHAT: &str = "cannot review";
/// Files that are looked into for what became of comments are no larger, in bytes.
const FILE_MAX: u64 = 16 << 20;
/// How long it may take to find out what is what in the code of a hunk.
const PATIENCE: Duration = Duration::from_millis(500);

/// Shows the review until its user leaves it.
pub fn review(env: &Environment, subject: Subject) -> Result<(), CliError> {
    // Before any other thread.
    let signals = signals::watch().map_err(|e| CliError::new(WHAT, e))?;
    let shelf = Shelf::of(&env.home, &subject.root);
    let comments = shelf.load();
    let pane = subject.pane.as_ref().map(ToString::to_string);
    let review = Review { comments, pane, ..Review::default() };
    let syntax = env.color.then(Syntax::load);
    let mut desk = Desk { env, subject, shelf, review, syntax, reverted: Vec::new(), busy: false };
    desk.read()?;
    while let Some((path, line)) = desk.sit(&signals)? {
        let path = desk.subject.root.join(path);
        if let Err(error) = editor::open(&path, line) {
            desk.review.said = error.to_string();
        }
        desk.read()?;
    }
    Ok(())
}

/// A review with what it is about.
struct Desk<'e> {
    env: &'e Environment,
    subject: Subject,
    shelf: Shelf,
    review: Review,
    /// None where there are to be no colours.
    syntax: Option<Syntax>,
    /// What can be brought back, the last one last.
    reverted: Vec<Reverted>,
    /// Whether the agent is at a turn.
    busy: bool,
}

impl Desk<'_> {
    /// Reads the difference, and what became of the comments.
    fn read(&mut self) -> Result<(), CliError> {
        let diff = self.subject.read(WHAT)?;
        self.review.show(diff);
        let root = &self.subject.root;
        let outcome = |comment: &comments::Comment| {
            comment.sent.then(|| comment.outcome(text_of(root, &comment.path).as_deref()))
        };
        self.review.outcomes = self.review.comments.iter().map(outcome).collect();
        Ok(())
    }

    /// Shows it; answers with a file for the editor, or nothing when its user is done.
    fn sit(&mut self, signals: &UnixStream) -> Result<Option<(PathBuf, u32)>, CliError> {
        let terminal =
            Terminal::enter().map_err(|e| CliError::new(WHAT, e).todo("run it in a pane"))?;
        terminal.begin_drawing();
        terminal.write_all(b"\x1b[?1049h\x1b[?2004h");
        let watch = Watch::new(&self.env.home, &terminal, signals);
        let mut watch = watch.of_agent(self.subject.pane.clone());
        let mut decoder = Decoder::new();
        loop {
            let size = terminal.size().cells;
            self.review.resize(size.cols, size.rows.into());
            self.look_at_code();
            terminal.write_all(&page::draw(&self.review, size));
            match watch.next() {
                WatchEvent::Typed(bytes) => {
                    let mut events = Vec::new();
                    decoder.feed(&bytes, &mut events);
                    // An escape on its own is one: nothing else that is typed comes in two pieces.
                    decoder.flush(&mut events);
                    for event in events {
                        match self.event(event)? {
                            Action::Quit => return Ok(None),
                            Action::Edit(path, line) => return Ok(Some((path, line))),
                            _ => {}
                        }
                    }
                }
                WatchEvent::Change => self.look_at_agent()?,
                WatchEvent::End => return Ok(None),
                WatchEvent::Nothing => {}
            }
        }
    }

    /// Finds out what is what in the code on the page.
    fn look_at_code(&mut self) {
        let Some(syntax) = &self.syntax else { return };
        for at in self.review.unread() {
            let Some((file, hunk)) = self.review.hunk(at) else { continue };
            let pieces = syntax.pieces(file, hunk, PATIENCE);
            self.review.pieces.insert(at, pieces);
        }
    }

    fn event(&mut self, event: InputEvent) -> Result<Action, CliError> {
        let action = match event {
            InputEvent::Key(key) => self.review.key(&key),
            InputEvent::PasteData(bytes) => {
                self.review.paste(&String::from_utf8_lossy(&bytes));
                Action::Nothing
            }
            _ => Action::Nothing,
        };
        let done = match &action {
            Action::Keep => self.shelf.store(&self.review.comments),
            Action::Send => self.send(),
            Action::Stage(file, hunk) => self.on_hunk((*file, *hunk), Desk::stage),
            Action::Revert(file, hunk) => self.on_hunk((*file, *hunk), Desk::revert),
            Action::Undo => self.undo(),
            Action::Refresh => Ok(()),
            Action::Nothing | Action::Edit(..) | Action::Quit => return Ok(action),
        };
        if let Err(why) = done {
            self.review.said = why;
        }
        if action != Action::Keep {
            self.read()?;
        }
        Ok(action)
    }

    fn on_hunk(
        &mut self,
        at: (usize, usize),
        act: fn(&mut Self, &FileDiff, &Hunk) -> Result<(), String>,
    ) -> Result<(), String> {
        let found = self.review.hunk(at).map(|(file, hunk)| (file.clone(), hunk.clone()));
        match found {
            Some((file, hunk)) => act(self, &file, &hunk),
            None => Ok(()),
        }
    }

    /// Stages what is not staged of the lines of a hunk.
    fn stage(&mut self, file: &FileDiff, hunk: &Hunk) -> Result<(), String> {
        if let Some(kind) = &self.subject.kind {
            return Err(format!("{} records everything; there is nothing to stage", kind.name));
        }
        let (context, root) = (&self.subject.context, &self.subject.root);
        let open = diff::diff(context, root, Against::Index).map_err(|error| error.to_string())?;
        let ends = |(first, count): (u32, u32)| (first, first.saturating_add(count));
        let (from, to) = ends(hunk.new);
        let meets = |other: &&Hunk| {
            let (first, end) = ends(other.new);
            first <= to && from <= end
        };
        let mut staged = 0;
        for of in open.files.iter().filter(|of| of.path() == file.path()) {
            for one in of.hunks.iter().filter(meets) {
                diff::stage(context, root, of, one).map_err(|error| error.to_string())?;
                staged += 1;
            }
        }
        self.review.said = match staged {
            0 => "it is staged or committed already".into(),
            _ => "staged".into(),
        };
        Ok(())
    }

    fn revert(&mut self, file: &FileDiff, hunk: &Hunk) -> Result<(), String> {
        let (context, root) = (&self.subject.context, &self.subject.root);
        let done = diff::revert(context, root, file, hunk).map_err(|error| error.to_string())?;
        self.reverted.push(done);
        self.review.said = "reverted; u brings it back".into();
        Ok(())
    }

    fn undo(&mut self) -> Result<(), String> {
        let Some(last) = self.reverted.last() else {
            return Err("nothing was reverted".into());
        };
        let (context, root) = (&self.subject.context, &self.subject.root);
        diff::bring_back(context, root, last).map_err(|error| error.to_string())?;
        self.reverted.pop();
        self.review.said = "brought back".into();
        Ok(())
    }

    /// Gives all comments that are not sent to the agent, as one prompt.
    fn send(&mut self) -> Result<(), String> {
        let Some(pane) = self.subject.pane.clone() else {
            return Err("there is no agent here; name its pane: segno diff --review PANE".into());
        };
        let text = comments::prompt(&self.review.comments);
        let text = text.ok_or("there is no comment that was not sent; c makes one")?;
        let prompted = hand_over(self.env, WHAT, pane, text).map_err(|error| error.why)?;
        self.review.comments.iter_mut().for_each(|comment| comment.sent = true);
        self.busy = true;
        self.review.said = match prompted.queued {
            true => "queued: the agent gets it after its turn".into(),
            false => "sent".into(),
        };
        self.shelf.store(&self.review.comments)
    }

    /// Reads everything anew when the agent has ended a turn.
    fn look_at_agent(&mut self) -> Result<(), CliError> {
        let Some(pane) = self.subject.pane.clone() else { return Ok(()) };
        let of = Call::PaneStatus(StatusOf { pane: Some(pane) });
        let status: Result<PaneStatus, _> = run::call(self.env, Reach::Look, WHAT, &of);
        let Ok(status) = status else { return Ok(()) };
        let busy = matches!(status.pane.state, PaneState::Working | PaneState::Retrying);
        let ended = self.busy && !busy;
        self.busy = busy;
        if ended {
            self.review.said = "its turn has ended".into();
            self.read()?;
        }
        Ok(())
    }
}

fn text_of(root: &Path, path: &str) -> Option<String> {
    let bytes = foreign::read_file(&root.join(path), FILE_MAX).ok().flatten()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
