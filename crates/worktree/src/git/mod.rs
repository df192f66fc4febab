//! Git as a program: started without a shell, unable to ask anything, and ended when it takes too
//! long.
//!
//! A repository may come from anybody, and its own configuration names programs: the monitor of
//! files, hooks, filters, pagers. Whoever only looks runs none of them ([`Access::Look`]). Whoever
//! changes something was asked to by the user, and has them as the user's own git would
//! ([`Access::Work`]). Directories of other users are git's own `safe.directory` to judge.

mod run;
pub mod words;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use run::GitOutput;
pub(crate) use run::other;

use crate::Context;

/// Why git did not do it.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("cannot start git: {0}; install git 2.40 or newer")]
    Start(std::io::Error),
    #[error("git {0} took longer than {1} s and was ended; try again, or look what holds it up")]
    Slow(String, u64),
    #[error("git {0} printed more than {1} MB")]
    Large(String, usize),
    #[error("git {command}: {message}")]
    Failed { command: String, code: Option<i32>, message: String },
    #[error("cannot talk to git: {0}")]
    Io(#[from] std::io::Error),
    #[error("git {0} answered something unexpected")]
    Answer(&'static str),
}

/// What git may do on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Takes no locks, writes nothing and runs nothing that the repository names.
    Look,
    /// As the user's own git.
    Work,
}

/// Git in a directory.
#[derive(Debug, Clone)]
pub struct Git {
    program: PathBuf,
    directory: PathBuf,
    access: Access,
    limit: Duration,
    /// `-c` settings of this repository that switch off what it names.
    quiet: Vec<String>,
    index: Option<PathBuf>,
}

/// What is printed at most, in bytes.
const OUTPUT_MAX: usize = 256 << 20;

impl Git {
    /// For looking.
    pub fn look(context: &Context, directory: &Path) -> Git {
        Git {
            program: context.git.clone(),
            directory: directory.to_path_buf(),
            access: Access::Look,
            limit: context.look_limit,
            quiet: Vec::new(),
            index: None,
        }
    }

    /// For changing something.
    pub fn work(context: &Context, directory: &Path) -> Git {
        Git { access: Access::Work, limit: context.work_limit, ..Git::look(context, directory) }
    }

    /// For looking at files too: content filters that the repository itself names stay out.
    pub fn look_at_files(context: &Context, directory: &Path) -> Result<Git, GitError> {
        let mut git = Git::look(context, directory);
        let listed = git.call(["config", "--list", "--show-scope", "--name-only", "-z"]).bytes()?;
        let mut parts = listed.split(|byte| *byte == 0);
        let mut quiet = std::collections::BTreeSet::new();
        while let (Some(scope), Some(name)) = (parts.next(), parts.next()) {
            let (Ok(scope), Ok(name)) = (str::from_utf8(scope), str::from_utf8(name)) else {
                continue;
            };
            let filter = name.strip_prefix("filter.").and_then(|rest| rest.rsplit_once('.'));
            if let Some((filter, _)) = filter.filter(|_| matches!(scope, "local" | "worktree")) {
                // An equals sign in the name could not be given on the command line.
                if !filter.contains('=') {
                    quiet.insert(filter.to_string());
                } else {
                    return Err(GitError::Answer("config"));
                }
            }
        }
        for filter in quiet {
            for (key, value) in [("clean", ""), ("smudge", ""), ("process", ""), ("required", "0")]
            {
                git.quiet.push(format!("filter.{filter}.{key}={value}"));
            }
        }
        Ok(git)
    }

    /// With another index.
    pub fn with_index(&self, index: &Path) -> Git {
        Git { index: Some(index.to_path_buf()), ..self.clone() }
    }

    /// The directory that it runs in.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A command with its first arguments. What comes from a user is added after
    /// `--end-of-options` or `--`.
    pub fn call<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Call<'_> {
        Call {
            git: self,
            args: args.into_iter().map(|arg| arg.as_ref().to_os_string()).collect(),
            env: Vec::new(),
            input: None,
            lock: None,
            output_max: OUTPUT_MAX,
        }
    }
}

/// A command of git, to be run.
#[derive(Debug)]
pub struct Call<'g> {
    git: &'g Git,
    args: Vec<OsString>,
    env: Vec<(&'static str, OsString)>,
    input: Option<Vec<u8>>,
    lock: Option<File>,
    output_max: usize,
}

impl Call<'_> {
    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_os_string());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_os_string()));
        self
    }

    /// A variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name, value.as_ref().to_os_string()));
        self
    }

    /// What it reads.
    #[must_use]
    pub fn input(mut self, bytes: Vec<u8>) -> Self {
        self.input = Some(bytes);
        self
    }

    /// Holds a lock until it has ended, also when this process dies before.
    #[must_use]
    pub fn holding(mut self, lock: &segno_base::system::lock_file::LockFile) -> Self {
        self.lock = lock.share().ok();
        self
    }

    /// Takes no more than so many bytes.
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.output_max = bytes;
        self
    }

    /// What it printed; a failure is an error.
    pub fn bytes(self) -> Result<Vec<u8>, GitError> {
        let name = self.name();
        let answer = self.run()?;
        match answer.code {
            Some(0) => Ok(answer.out),
            code => Err(GitError::Failed { command: name, code, message: answer.message() }),
        }
    }

    /// What it printed as text without the last line's end; what is no UTF-8 is replaced.
    pub fn text(self) -> Result<String, GitError> {
        let bytes = self.bytes()?;
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The path that it printed.
    pub fn path(self) -> Result<PathBuf, GitError> {
        use std::os::unix::ffi::OsStringExt;
        let mut bytes = self.bytes()?;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Ok(PathBuf::from(OsString::from_vec(bytes)))
    }

    /// Whether it succeeded; 1 is no, everything else an error.
    pub fn is_true(self) -> Result<bool, GitError> {
        let name = self.name();
        let answer = self.run()?;
        match answer.code {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            code => Err(GitError::Failed { command: name, code, message: answer.message() }),
        }
    }

    /// The subcommand.
    fn name(&self) -> String {
        self.args.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}
