//! One pass for one target.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::settle;
use super::wire::Transport;
use crate::error::{Error, Result};
use crate::item;
use crate::service::{Generation, How, Service};
use crate::state::{Standing, State};
use crate::target::{About, Deletions, LocalRules, Target};
use segno_archive::Archive;
use segno_archive::read::{self, Changed, Contents};

/// What is noted of a conversation that its project keeps here.
const KEPT: &str = "kept";

/// How a pass is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nobody asked for it: what was put off stays so.
    ByItself,
    /// The user wants it now.
    Asked,
    /// Nothing is sent and nothing is noted.
    Dry,
}

/// What a pass needs.
pub struct Pass<'a> {
    pub service: &'a Service,
    pub target: &'a Target,
    pub key: Option<&'a str>,
    pub archive: &'a Archive,
    pub state: &'a mut State,
    pub transport: &'a mut dyn Transport,
    /// The time in milliseconds since the Unix epoch.
    pub clock: &'a dyn Fn() -> i64,
    pub chance: &'a dyn Fn() -> u64,
    pub way: Way,
    /// Whether the user wants something else: asked before each request.
    pub interrupted: &'a dyn Fn() -> bool,
    /// What projects say, by directory.
    pub local: HashMap<PathBuf, LocalRules>,
    pub report: Report,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    pub target: String,
    /// Messages, tools, conversations.
    pub sent: u64,
    pub requests: u64,
    pub conversations: u64,
    pub set_aside: u64,
    pub deleted: u64,
    /// The user has paused it: nothing was looked at.
    pub paused: bool,
    /// What ended it before its end.
    pub problem: Option<String>,
    /// Nothing more is sent until the user has done something.
    pub stopped: bool,
    /// When there is something to do again, in milliseconds since the Unix epoch.
    pub next: Option<i64>,
    /// Since when something waits.
    pub waiting_since: Option<i64>,
    /// The user wanted something else before its end.
    #[serde(skip)]
    pub interrupted: bool,
}

/// How a conversation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// The service cannot be reached, or does not want anything now.
    Later {
        why: String,
        asked: Option<i64>,
    },
    /// Not before the user has done something.
    Stop {
        why: String,
    },
    /// The user wants something else.
    Interrupted,
}

impl<'a> Pass<'a> {
    /// Sends what is not there yet.
    pub fn run(mut self) -> Result<Report> {
        if let Some(report) = settle::put_off(self.state, self.target, self.way, (self.clock)())? {
            return Ok(report);
        }
        self.report.target.clone_from(&self.target.name);
        let mut standing = self.state.standing(&self.target.name)?;
        let outcome = self.all(&mut standing)?;
        self.report.interrupted = outcome == Outcome::Interrupted;
        let (now, chance) = ((self.clock)(), (self.chance)());
        settle::settle(self.state, self.report, standing, outcome, self.way, now, chance)
    }

    fn all(&mut self, standing: &mut Standing) -> Result<Outcome> {
        let outcome = self.deletions()?;
        if outcome != Outcome::Done {
            return Ok(outcome);
        }
        let now = (self.clock)();
        // A dry run looks at everything, also at what was left out before.
        let dry = self.way == Way::Dry;
        let due = if dry { Vec::new() } else { self.state.due(&self.target.name, now)? };
        for due in due {
            if let Some(changed) = read::one(self.archive, &due.agent, &due.native)? {
                let outcome = self.conversation(&changed)?;
                if outcome != Outcome::Done {
                    return Ok(outcome);
                }
            }
            // One that is not wanted any more is not due any more either.
            self.state.looked_at(due.id, now)?;
        }
        let from = if dry { 0 } else { standing.stamp };
        let all = read::changed_since(self.archive, from)?;
        for (n, changed) in all.iter().enumerate() {
            let outcome = self.conversation(changed)?;
            if outcome != Outcome::Done {
                return Ok(outcome);
            }
            let last_of_stamp = all.get(n + 1).is_none_or(|next| next.stamp > changed.stamp);
            if last_of_stamp && !dry {
                standing.stamp = changed.stamp;
                // Now and then, so that a kill costs little.
                if n % 64 == 63 {
                    self.state.stand(&self.target.name, standing)?;
                }
            }
        }
        Ok(Outcome::Done)
    }

    fn conversation(&mut self, changed: &Changed) -> Result<Outcome> {
        if (self.interrupted)() {
            return Ok(Outcome::Interrupted);
        }
        let of = &changed.conversation;
        let mut contents = read::contents(self.archive, of)?;
        let project = item::project(of, &contents.held);
        let updated = of.updated.or(of.created).unwrap_or(changed.stamp);
        let about = About {
            agent: &of.agent,
            project: project.as_deref(),
            directory: of.directory.as_deref(),
            updated,
        };
        if !self.target.wants(&about) {
            return Ok(Outcome::Done);
        }
        let local = self.local(of.directory.as_deref());
        if self.stays(changed, local.off)? {
            return Ok(Outcome::Done);
        }
        if of.gone.is_some() && self.target.deletions == Deletions::All {
            return Ok(Outcome::Done);
        }
        let before = self.report.sent;
        let outcome = match &self.service.how {
            How::Files(files) => self.file(files, changed, &mut contents),
            How::Http(_) => self.messages(changed, &mut contents, updated, &local),
        };
        self.report.conversations += u64::from(self.report.sent > before);
        outcome
    }

    /// Whether its project keeps it here. That is noted: what a project said holds on when its
    /// directory is gone, as a worktree is that was finished.
    fn stays(&self, changed: &Changed, off: bool) -> Result<bool> {
        let of = &changed.conversation;
        let known = self.state.find(&self.target.name, &of.agent, &of.id)?;
        let noted = known.as_ref().is_some_and(|known| known.remote.contains_key(KEPT));
        let there = of.directory.as_deref().is_some_and(|at| Path::new(at).is_dir());
        if (off == noted) || !(off || there) || self.way == Way::Dry {
            return Ok(off || noted && !there);
        }
        let mut known = self.known(&of.agent, &of.id)?;
        match off {
            true => drop(known.remote.insert(KEPT.into(), true.into())),
            false => drop(known.remote.remove(KEPT)),
        }
        self.state.remember(known.id, &known.remote)?;
        Ok(off)
    }

    fn local(&mut self, directory: Option<&str>) -> LocalRules {
        let Some(directory) = directory else { return LocalRules::default() };
        let path = Path::new(directory);
        if let Some(known) = self.local.get(path) {
            return known.clone();
        }
        let rules = LocalRules::of(self.service, &self.target.name, path);
        self.local.insert(path.to_path_buf(), rules.clone());
        rules
    }

    /// The generation that the service was found to be at the login.
    pub(super) fn generation(&self) -> Result<&'a Generation> {
        let name = self.target.generation.as_deref();
        self.service.generation(name).ok_or_else(|| {
            let name = name.unwrap_or_default();
            let why = format!("{} has no generation {name:?}; log in again", self.service.name);
            Error::Usage(why)
        })
    }

    /// What a conversation is to a template, without its items.
    pub(super) fn values(&self, changed: &Changed, contents: &Contents) -> Result<item::Values> {
        let none = BTreeMap::new();
        let (agents, providers) = match &self.service.how {
            How::Http(_) => {
                let generation = self.generation()?;
                (&generation.agents, &generation.providers)
            }
            How::Files(_) => (&none, &none),
        };
        let said = |piece: &&read::Piece| !piece.gone;
        let tools = |piece: &&read::Piece| piece.role == segno_archive::query::Role::Tool;
        let tools = contents.pieces.iter().filter(said).filter(tools).count();
        let all = contents.pieces.iter().filter(said).count();
        Ok(item::about(&item::About {
            conversation: &changed.conversation,
            held: &contents.held,
            figures: &contents.figures,
            files: &contents.files,
            first: contents.pieces.iter().find_map(|piece| piece.time),
            counts: item::Counts { messages: all - tools, tools },
            agents,
            providers,
        }))
    }
}

/// A number for values.
pub(super) fn number(values: &item::Values) -> i64 {
    item::number(&Value::Object(values.clone()).to_string())
}
