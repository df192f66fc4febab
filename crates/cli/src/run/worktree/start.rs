//! Worktrees are made: alone, for a new pane, and of several repositories for one task. Either all
//! of a task's are made and its pane opens, or none is left.

use std::path::{Path, PathBuf};

use super::{context, failed, seconds, setup};
use crate::args::{Add, New};
use crate::environment::{self, Environment};
use crate::error::CliError;
use crate::run::{Reach, call};
use crate::{external, print, show};
use segno_agent::start::StartRequest;
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{Created, NewPane};
use segno_worktree::Context;
use segno_worktree::finish::{Finish, Way};
use segno_worktree::start::{self, Start, Started};

/// What is wanted of every repository of a task.
struct Wanted<'a> {
    what: &'static str,
    name: Option<&'a str>,
    from: Option<&'a str>,
    cwd: Option<&'a Path>,
    /// Other repositories.
    also: &'a [PathBuf],
    /// A plain directory is copied however large it is.
    copy_all: bool,
}

/// The worktrees of a task.
pub struct Task {
    /// The first is the one that the task is in.
    made: Vec<Started>,
    /// What is closed once there is a pane for it.
    set_up: setup::Done,
}

impl Task {
    /// Makes them, and sets them up where the projects ask for that.
    fn start(env: &Environment, wanted: &Wanted<'_>) -> Result<Task, CliError> {
        // Alone, `#123` is called after what it begins with.
        let (name, from) = match (wanted.name, wanted.from) {
            (Some(name), None) if name.starts_with('#') => (None, Some(name)),
            named => named,
        };
        let main = begin(env, wanted, name, from, wanted.cwd, None)?;
        let mut task = Task { made: vec![main], set_up: setup::Done::default() };
        if let Err(error) = task.add_others(env, wanted) {
            task.undo(env);
            return Err(error);
        }
        task.set_up = setup::run(env, wanted.what, &task.made[0])?;
        Ok(task)
    }

    /// The same task in the other repositories.
    fn add_others(&mut self, env: &Environment, wanted: &Wanted<'_>) -> Result<(), CliError> {
        let Some(record) = self.made[0].record.clone() else { return Ok(()) };
        for repository in wanted.also {
            let id = Some(record.id.clone());
            let made = begin(env, wanted, Some(&record.name), None, Some(repository), id)?;
            let ready = setup::run(env, wanted.what, &made);
            self.made.push(made);
            ready?.close(env, wanted.what);
        }
        Ok(())
    }

    /// The directory that the task is in.
    pub fn path(&self) -> &Path {
        &self.made[0].path
    }

    /// Closes the pane in which it was set up: the last one takes the daemon along.
    pub fn settle(self, env: &Environment) {
        self.set_up.close(env, "cannot close a pane");
    }

    /// Leaves nothing of it behind: one of them, or the pane, was refused.
    pub fn undo(self, env: &Environment) {
        self.made.iter().for_each(|made| put_away(env, "cannot undo the worktree", made));
        self.set_up.close(env, "cannot close a pane");
    }
}

/// Makes one.
fn begin(
    env: &Environment,
    wanted: &Wanted<'_>,
    name: Option<&str>,
    from: Option<&str>,
    cwd: Option<&Path>,
    also_of: Option<String>,
) -> Result<Started, CliError> {
    let context = context(env, wanted.what)?;
    let start = Start {
        directory: super::super::panes::pane::directory(env, cwd)?,
        name: name.map(str::to_string),
        from: from.map(str::to_string),
        place: external::worktree_place(&env.home),
        also_of,
        user_home: environment::user_home(),
        copy_all: wanted.copy_all,
        now: seconds(),
    };
    let started =
        start::start(&context, &start, &environment::has_program).map_err(failed(wanted.what))?;
    for (path, why) in &started.left_out {
        let path = show::plain(&path.to_string_lossy());
        eprintln!("segno: {path} was not copied: {why}");
    }
    Ok(started)
}

/// Takes back a worktree that was just made. What somebody has put there meanwhile goes to the
/// trash.
fn put_away(env: &Environment, what: &str, started: &Started) {
    let Some(record) = started.record.as_ref().filter(|_| !started.existing) else { return };
    let context = Context::new(env.home.clone());
    let finish = Finish { to_trash: true, ..Finish::new(&started.path, Way::Leave, seconds()) };
    // What cannot be put away stays, and is listed.
    let _ = setup::tear_down(env, what, &context, &finish);
    let _ = start::undo(&context, record);
}

/// `worktree add`
pub fn add(env: &Environment, args: &Add) -> Result<(), CliError> {
    let wanted = Wanted {
        what: "cannot make the worktree",
        name: args.name.as_deref(),
        from: args.from.as_deref(),
        cwd: args.cwd.as_deref(),
        also: &args.also,
        copy_all: args.copy_all,
    };
    let task = Task::start(env, &wanted)?;
    let printed = match args.json {
        true => print::line(&show::json("worktree", &task.made[0].record)),
        false => print::line(&task.path().display().to_string()),
    };
    task.settle(env);
    printed
}

/// The worktrees for a new pane, when some are wanted. What would be refused of the pane is refused
/// before any is made.
pub fn for_new_pane(
    env: &Environment,
    args: &New,
    start: &StartRequest,
) -> Result<Option<Task>, CliError> {
    let Some(name) = args.worktree.as_deref() else { return Ok(None) };
    let (prompt, session) = (args.prompt.as_deref(), args.session.as_ref());
    let fits = external::check_start(&env.home, start, prompt, session);
    fits.map_err(|why| CliError::new("cannot make a pane", why))?;
    let wanted = Wanted {
        what: "cannot make the worktree",
        name: Some(name),
        from: args.from.as_deref(),
        cwd: args.cwd.as_deref(),
        also: &args.also,
        copy_all: args.copy_all,
    };
    Task::start(env, &wanted).map(Some)
}

/// Opens a task's pane; what was made for one that is refused goes again.
pub fn pane_for(
    env: &Environment,
    what: &str,
    task: Option<Task>,
    new: NewPane,
) -> Result<Created, CliError> {
    let created = call(env, Reach::Start, what, &Call::PaneNew(Box::new(new)));
    match (&created, task) {
        (Ok(_), Some(task)) => task.settle(env),
        (Err(_), Some(task)) => task.undo(env),
        (_, None) => {}
    }
    created
}
