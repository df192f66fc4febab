//! Which generation a program is: it is asked once for each version of its file, and the answer is
//! kept over daemons, so that a start does not wait for it.
//!
//! Blocking; to be used beside the server, never in it.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::server::clock;
use crate::server::desktop::notify;
use crate::server::shared::Shared;
use segno_agent::panetype::launch::{environment_outside, program_path};
use segno_agent::panetype::program::generation::{Generation, GenerationRule};
use segno_agent::panetype::program::probe::SystemProbe;
use segno_store::file::atomic;
use segno_store::file::foreign;

/// How long a start waits for a program that was never asked before.
const FIRST_ANSWER: Duration = Duration::from_millis(1500);
/// How long an answer is not asked for again, in milliseconds: an agent may take seconds of
/// processor time to say its version.
const FRESH: u64 = 60 * 60 * 1000;
/// The largest file of answers, and how many are kept.
const FILE_MAX: u64 = 256 * 1024;
const ANSWERS_MAX: usize = 100;
/// The longest answer that is kept, in characters.
const PRINTED_MAX: usize = 200;

/// What programs answered.
pub(in crate::server) struct Generations {
    file: PathBuf,
    answers: Mutex<Answers>,
    answered: Condvar,
}

#[derive(Default)]
struct Answers {
    loaded: bool,
    known: BTreeMap<PathBuf, Answer>,
    /// Programs that are being asked.
    asked: HashSet<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    identity: Identity,
    args: Vec<String>,
    /// `None`: it failed.
    printed: Option<String>,
    /// When it was asked, in milliseconds since the Unix epoch.
    #[serde(default)]
    at: u64,
}

/// What distinguishes a version of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    inode: u64,
    /// Nanoseconds since the Unix epoch.
    changed: i64,
}

impl Answer {
    /// A small program that starts another one stays the same when that one changes, so an older
    /// answer is used, and asked for again.
    fn is_fresh(&self) -> bool {
        clock::now_ms().checked_sub(self.at).is_some_and(|age| age < FRESH)
    }
}

impl Identity {
    fn of(program: &Path) -> Option<Identity> {
        let found = program.metadata().ok()?;
        let changed =
            found.mtime().saturating_mul(1_000_000_000).saturating_add(found.mtime_nsec());
        Some(Identity { inode: found.ino(), changed })
    }
}

impl Generations {
    pub(in crate::server) fn new(file: PathBuf) -> Generations {
        Generations { file, answers: Mutex::default(), answered: Condvar::new() }
    }

    /// What the program is taken for. Waits a moment where it was never asked before.
    pub(in crate::server) fn of(
        self: &Arc<Self>,
        rule: &GenerationRule,
        program: &Path,
        env: &BTreeMap<OsString, OsString>,
    ) -> Generation {
        let Some(identity) = Identity::of(program) else {
            return rule.assumed("its program is not found");
        };
        let fits = |answer: &&Answer| answer.identity == identity && answer.args == rule.args;
        let mut answers = self.answers();
        let known = answers.known.get(program).filter(fits).cloned();
        // One that failed may have had no time; another answer may come.
        if known.as_ref().is_none_or(|answer| !answer.is_fresh() || answer.printed.is_none()) {
            self.ask(&mut answers, rule, program, identity, env);
        }
        if let Some(answer) = known {
            return rule.of(answer.printed.as_deref());
        }
        let waiting = |answers: &mut Answers| answers.known.get(program).filter(fits).is_none();
        let (answers, _) = self
            .answered
            .wait_timeout_while(answers, FIRST_ANSWER, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        match answers.known.get(program).filter(fits) {
            Some(answer) => rule.of(answer.printed.as_deref()),
            None => rule.assumed("it has not answered yet"),
        }
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut answers.loaded, true) {
            let bytes = foreign::read(&self.file, FILE_MAX).ok().flatten().unwrap_or_default();
            answers.known = serde_json::from_slice(&bytes).unwrap_or_default();
        }
        answers
    }

    /// Asks it, beside everything else.
    fn ask(
        self: &Arc<Self>,
        answers: &mut Answers,
        rule: &GenerationRule,
        program: &Path,
        identity: Identity,
        env: &BTreeMap<OsString, OsString>,
    ) {
        if !answers.asked.insert(program.to_path_buf()) {
            return;
        }
        let (all, args, env) = (self.clone(), rule.args.clone(), env.clone());
        let program = program.to_path_buf();
        // A thread of its own: a start may wait for the answer in the place of others' work.
        std::thread::spawn(move || {
            let printed = notify::output(&program, &args, &env, Path::new("/")).ok();
            let printed = printed.map(|bytes| {
                String::from_utf8_lossy(&bytes).chars().take(PRINTED_MAX).collect::<String>()
            });
            let mut answers = all.answers();
            answers.asked.remove(&program);
            if answers.known.len() >= ANSWERS_MAX {
                answers.known.clear();
            }
            answers.known.insert(program, Answer { identity, args, printed, at: clock::now_ms() });
            let text = serde_json::to_vec_pretty(&answers.known).unwrap_or_default();
            all.answered.notify_all();
            drop(answers);
            if let Err(error) = atomic::write_unsynced(&all.file, &text) {
                tracing::warn!(%error, "what programs say of their version is not kept");
            }
        });
    }
}

/// Asks the programs of all types that distinguish generations, so that no start has to wait.
pub(in crate::server) fn ask_generations(shared: &Shared) {
    let (env, unset) = (shared.env.clone(), shared.config.environment.unset.clone());
    let types: Vec<_> =
        shared.registry.iter().filter(|ty| ty.generation.is_some()).cloned().collect();
    let generations = shared.generations.clone();
    crate::server::aside::pool::spawn(move || {
        for ty in types {
            let program = program_path(&ty, &env, &SystemProbe);
            if let (Some(rule), Some(program)) = (&ty.generation, program) {
                generations.of(rule, &program, &environment_outside(&ty, &env, &unset));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use segno_base::text::expression::Expression;

    fn rule() -> GenerationRule {
        let known = vec![("2".to_string(), Expression::new(r"v2\.").unwrap())];
        GenerationRule { args: vec!["--version".into()], default: "1".into(), known }
    }

    fn install(path: &Path, script: &str) {
        let fresh = path.with_extension("new");
        fs::write(&fresh, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755)).unwrap();
        fs::rename(fresh, path).unwrap();
    }

    #[track_caller]
    fn wait_until(holds: impl Fn() -> bool) {
        let found = (0..1000).any(|_| {
            holds() || {
                std::thread::sleep(Duration::from_millis(10));
                false
            }
        });
        assert!(found);
    }

    fn environment() -> BTreeMap<OsString, OsString> {
        [("PATH".into(), "/usr/bin:/bin".into())].into()
    }

    #[test]
    fn a_program_is_asked_once_for_each_version_and_the_answer_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let (program, asked) = (dir.path().join("agent"), dir.path().join("asked"));
        let file = dir.path().join("generations.json");
        let count = || fs::read_to_string(&asked).unwrap_or_default().len();
        let says = |text: &str| format!("printf x >> {}; echo {text}", asked.display());
        install(&program, &says("agent v2.0.7"));
        let all = Arc::new(Generations::new(file.clone()));
        let of = |all: &Arc<Generations>| all.of(&rule(), &program, &environment());
        let name = |all| of(all).name;
        wait_until(|| name(&all) == "2");
        assert_eq!((name(&all), count()), ("2".to_string(), 1));
        wait_until(|| file.exists());
        // Another daemon believes it at once, and asks again when it is old.
        let soon = Arc::new(Generations::new(file.clone()));
        assert_eq!((name(&soon), count()), ("2".to_string(), 1));
        let mut kept: serde_json::Value =
            serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        kept.as_object_mut().unwrap().values_mut().for_each(|answer| answer["at"] = 0.into());
        fs::write(&file, kept.to_string()).unwrap();
        let next = Arc::new(Generations::new(file.clone()));
        assert_eq!(name(&next), "2");
        wait_until(|| count() == 2);
        wait_until(|| next.answers().asked.is_empty());
        // Another version of the program.
        install(&program, &says("1.18.33"));
        wait_until(|| of(&next).why.contains("1.18.33"));
        assert_eq!((name(&next), count()), ("1".to_string(), 3));
    }

    #[test]
    fn failure_and_silence_mean_the_default() {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("agent");
        let all = Arc::new(Generations::new(dir.path().join("none/generations.json")));
        let of = || all.of(&rule(), &program, &environment());
        assert_eq!(of().why, "assumed: its program is not found");
        install(&program, "echo v2.1; exit 3");
        wait_until(|| of() == rule().of(None));
        install(&program, "exec sleep 4");
        assert_eq!(of().why, "assumed: it has not answered yet");
    }
}
