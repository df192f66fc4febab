//! Making a worktree: a name and a base in, a directory out in which work can begin. One that is
//! there already is taken as it is; a start that fails leaves nothing behind.

mod base;
mod other;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::io as failed;
use crate::git::Git;
use crate::record::{self, Record, State};
use crate::repository::{self, Repository};
use crate::step::step;
use crate::{Context, Error, include, kinds, name, ports, recover};
use base::Base;

/// Where worktrees live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Next to the repository, in `NAME.worktrees/`.
    #[default]
    Beside,
    /// In `.worktrees/` of the repository, which git is made to ignore.
    Below,
    /// In Segno's home.
    Home,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Start {
    /// The directory that says which repository is meant.
    pub directory: PathBuf,
    /// The task's name. None: it is called after `from`.
    pub name: Option<String>,
    /// A branch, a commit, or `#123`. None: what the remote calls its main branch.
    pub from: Option<String>,
    pub place: Place,
    /// The id of the worktree that this one belongs to.
    pub also_of: Option<String>,
    /// The user's home: it is no project.
    pub user_home: Option<PathBuf>,
    /// A plain directory is copied however large it is.
    pub copy_all: bool,
    /// Seconds since the Unix epoch.
    pub now: u64,
}

/// A worktree that can be worked in.
#[derive(Debug)]
pub struct Started {
    /// None for one that others made.
    pub record: Option<Record>,
    pub path: PathBuf,
    pub branch: Option<String>,
    /// Whether it was there before.
    pub existing: bool,
    /// Files that were wanted and not copied, and why.
    pub left_out: Vec<(PathBuf, String)>,
}

/// Makes it. `has` says whether a program is installed.
pub fn start(
    context: &Context,
    start: &Start,
    has: &dyn Fn(&str) -> bool,
) -> Result<Started, Error> {
    record::prepare(context)?;
    recover::recover(context)?;
    let directory = start.directory.canonicalize().map_err(failed("go to", &start.directory))?;
    let (kind, root) =
        kinds::of(&directory, has).ok_or_else(|| Error::NoRepository(directory.clone()))?;
    if kind.name != kinds::GIT {
        return other::start(context, start, &kind, &root);
    }
    let repository = Repository::find(context, &directory)?;
    let base = base::find(context, &repository, start, &kind)?;
    if let Base::Worktree(listed) = base {
        return Ok(Started {
            record: record::at(context, &listed.path),
            branch: listed.branch,
            path: listed.path,
            existing: true,
            left_out: Vec::new(),
        });
    }
    let called = start.name.clone().or_else(|| base.branch().map(str::to_string));
    let called = called.or_else(|| start.from.clone());
    let called = called.ok_or_else(|| Error::Name(String::new()))?;
    let directory_name = name::for_path(&called).ok_or_else(|| Error::Name(called.clone()))?;
    let parent = parent(context, &repository, start.place);
    if start.place == Place::Below {
        below(&repository, &parent)?;
    }

    let lock = record::lock(context)?;
    let path = free_place(&parent, &directory_name)?;
    if repository::worktrees(context, &repository.common)?.iter().any(|tree| tree.path == path) {
        // Git's part of it may hold what is nowhere else.
        let why = format!(
            "git knows a worktree at {}, whose directory is missing; bring that back, \
             `git worktree prune`, or choose another name",
            path.display()
        );
        return Err(Error::Refused(why));
    }
    let record = Record {
        id: record::new_id(),
        state: State::Starting,
        kind: kind.name,
        repository: repository.common.clone(),
        path,
        name: called,
        branch: base.branch().map(str::to_string),
        made_branch: base.makes_branch(),
        base: base.called().map(str::to_string),
        base_commit: base.commit().map(str::to_string),
        ports: ports::free(&record::all(context)),
        also_of: start.also_of.clone(),
        created: start.now,
    };
    let claim = record::claim(context, &record.id)?;
    record.store(context)?;
    drop(lock);
    step("start: recorded");

    if let Err(error) = own_directory(&record.path) {
        // Whoever was faster keeps it.
        recover::undo_all_but_files(context, &record)?;
        return Err(error);
    }
    match make(context, &repository, &record, &base, &claim) {
        Ok(left_out) => Ok(Started {
            path: record.path.clone(),
            branch: record.branch.clone(),
            record: Some(Record { state: State::Ready, ..record }),
            existing: false,
            left_out,
        }),
        Err(error) => {
            // What cannot be undone now is undone by the next one who comes by.
            let _ = recover::undo(context, &record);
            Err(error)
        }
    }
}

/// Takes one back that was made a moment ago. Where somebody works there already, it goes to the
/// trash.
pub fn undo(context: &Context, record: &Record) -> Result<(), Error> {
    let _claim = record::claim(context, &record.id)?;
    recover::undo(context, record)
}

fn make(
    context: &Context,
    repository: &Repository,
    record: &Record,
    base: &Base,
    claim: &segno_base::system::lock_file::LockFile,
) -> Result<Vec<(PathBuf, String)>, Error> {
    let git = Git::work(context, repository.root.as_deref().unwrap_or(&repository.common));
    // Git writes absolute paths of the worktree, whatever it is given.
    let add = git.call(["worktree", "add", "--quiet"]).holding(claim);
    let add = match base {
        Base::Branch { name, .. } => add.arg("--").arg(&record.path).arg(name),
        Base::New { branch, commit, .. } => {
            add.args(["--no-track", "-b", branch, "--"]).arg(&record.path).arg(commit)
        }
        Base::Detached { commit, .. } => add.args(["--detach", "--"]).arg(&record.path).arg(commit),
        Base::Orphan { branch } => add.args(["--orphan", "-b", branch, "--"]).arg(&record.path),
        Base::Worktree(_) => return Err(Error::refused("it is there already")),
    };
    add.bytes()?;
    step("start: added");
    submodules(context, &record.path, claim)?;
    let included = match &repository.root {
        Some(root) => include::include(context, root, &record.path)?,
        None => include::Included::default(),
    };
    step("start: included");
    record.store_copies(context, &included.copies)?;
    Record { state: State::Ready, ..record.clone() }.store(context)?;
    Ok(included.left_out)
}

/// Checks out the submodules that the repository's main working tree has checked out.
fn submodules(
    context: &Context,
    path: &Path,
    claim: &segno_base::system::lock_file::LockFile,
) -> Result<(), Error> {
    if fs::symlink_metadata(path.join(".gitmodules")).is_err() {
        return Ok(());
    }
    let git = Git::work(context, path);
    // Which ones are wanted stands in the configuration that all worktrees share.
    let wanted = git.call(["config", "--get-regexp", r"^submodule\..*\.(active|url)$"]).run()?;
    if wanted.code == Some(0) {
        git.call(["submodule", "--quiet", "update", "--recursive"]).holding(claim).bytes()?;
    }
    Ok(())
}

/// The directory that worktrees of a repository are made in.
fn parent(context: &Context, repository: &Repository, place: Place) -> PathBuf {
    let main = repository.main();
    match place {
        Place::Home => context.trees(main),
        Place::Below if main != repository.common => main.join(".worktrees"),
        // A bare repository has no working tree to put it below.
        Place::Below | Place::Beside => beside(main),
    }
}

fn beside(main: &Path) -> PathBuf {
    let mut name = main.file_name().unwrap_or_default().to_os_string();
    name.push(".worktrees");
    main.with_file_name(name)
}

/// Makes git ignore the worktrees that lie below their repository, for this repository alone.
fn below(repository: &Repository, parent: &Path) -> Result<(), Error> {
    const LINE: &str = "/.worktrees/";
    // The repository may have brought a link that leads somewhere else.
    if fs::symlink_metadata(parent).is_ok_and(|metadata| !metadata.is_dir()) {
        let why = format!("{} is no directory; set another place", parent.display());
        return Err(Error::Refused(why));
    }
    let file = repository.common.join("info/exclude");
    let there = fs::read_to_string(&file).unwrap_or_default();
    if there.lines().any(|line| line == LINE) {
        return Ok(());
    }
    let _ = fs::create_dir(repository.common.join("info"));
    let gap = if there.is_empty() || there.ends_with('\n') { "" } else { "\n" };
    let opened = fs::OpenOptions::new().append(true).create(true).open(&file);
    let line = format!("{gap}{LINE}\n");
    opened.and_then(|mut f| f.write_all(line.as_bytes())).map_err(failed("write", &file))
}

/// Makes the directory itself, so that it is known to be nobody else's.
fn own_directory(path: &Path) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed("make", parent))?;
    }
    fs::create_dir(path).map_err(failed("make", path))
}

/// Where nothing lies yet.
fn free_place(parent: &Path, name: &str) -> Result<PathBuf, Error> {
    let path = parent.join(name);
    match fs::symlink_metadata(&path) {
        Err(_) => Ok(path),
        Ok(_) => {
            Err(Error::Refused(format!("{} exists already; choose another name", path.display())))
        }
    }
}
