//! Merging with the commands of another system than git. Nothing is changed on the way: what a
//! merge gives is made beside everything, looked at, and made invisible again where it conflicts.

use super::{Finish, Way};
use crate::Error;
use crate::kinds::{self, Finishing, Kind, Making};
use crate::record::Record;
use crate::step::step;

/// A worktree of such a system.
pub(super) struct Other<'r> {
    record: &'r Record,
    kind: Kind,
    finishing: Finishing,
}

/// A commit as its system lists it.
struct Commit {
    name: String,
    conflicts: bool,
    described: bool,
}

impl<'r> Other<'r> {
    /// None where git has it.
    pub fn of(record: &'r Record) -> Result<Option<Other<'r>>, Error> {
        if record.kind == kinds::GIT {
            return Ok(None);
        }
        let kind = kinds::named(&record.kind);
        match kind.and_then(|kind| kind.finish.clone().map(|finishing| (kind, finishing))) {
            Some((kind, finishing)) => Ok(Some(Other { record, kind, finishing })),
            None => {
                let why = format!(
                    "what a {} has is merged by hand; put it away with --leave",
                    record.kind
                );
                Err(Error::Refused(why))
            }
        }
    }

    /// Whether it would conflict.
    pub fn rehearse(&self, into: Option<&str>) -> Result<(), Error> {
        let (branch, target) = self.target(into)?;
        let head = self.head()?;
        self.whole(&branch, &target, &head.name)?;
        if self.is_in(&head.name, &target)? || self.is_in(&target, &head.name)? {
            return Ok(());
        }
        let made = self.merge("rehearsed", &branch, &target, &head.name)?;
        self.drop_all(&[made]);
        Ok(())
    }

    /// Makes what comes of it, and moves the branch there: which one, and where it is then. What
    /// was made into other commits stays as it is, for whoever brings the worktree back.
    pub fn bring_in(&self, finish: &Finish) -> Result<(String, String), Error> {
        self.rehearse(finish.into.as_deref())?;
        let (branch, target) = self.target(finish.into.as_deref())?;
        let mut head = self.head()?;
        if self.is_in(&head.name, &target)? {
            return Ok((branch, target));
        }
        let called = finish.message.as_deref().unwrap_or(&self.record.name);
        if !head.described {
            // A remote takes no commit that says nothing.
            let values = [("{message}", called), ("{commit}", &head.name)];
            self.run(&self.finishing.describe, &values)?;
            head = self.head()?;
        }
        let own = self.own(&target, &head.name)?;
        let goes_on = self.is_in(&target, &head.name)?;
        let new = match finish.way {
            Way::Squash if own.len() > 1 => {
                let said = || self.said(&own);
                let message = finish.message.clone().map_or_else(said, Ok)?;
                self.squash(&message, &branch, &target, &head.name)?
            }
            Way::Rebase | Way::Squash if !goes_on => {
                let made = self.make(&self.finishing.rebase, "", &target, &head.name)?;
                self.refuse_conflicts(&branch, &made)?;
                made.first().ok_or_else(|| self.unexpected())?.name.clone()
            }
            Way::Merge if !goes_on => {
                let message = format!("Merge '{}' into {branch}", self.record.name);
                let message = finish.message.as_deref().unwrap_or(&message);
                self.merge(message, &branch, &target, &head.name)?
            }
            Way::Leave | Way::Merge | Way::Rebase | Way::Squash => head.name.clone(),
        };
        step("finish: computed");
        let values = [("{branch}", branch.as_str()), ("{commit}", &new)];
        self.run(&self.finishing.advance, &values)?;
        Ok((branch, new))
    }

    /// Makes commits invisible that were only made to be looked at. One that stays does no harm.
    fn drop_all(&self, commits: &[String]) {
        let revision = commits.join(" | ");
        let _ = self.run(&self.finishing.drop, &[("{revision}", &revision)]);
    }

    /// One commit that has both sides.
    fn merge(
        &self,
        message: &str,
        branch: &str,
        target: &str,
        head: &str,
    ) -> Result<String, Error> {
        let made = self.make(&self.finishing.merge, message, target, head)?;
        self.refuse_conflicts(branch, &made)?;
        match made.as_slice() {
            [one] => Ok(one.name.clone()),
            _ => Err(self.unexpected()),
        }
    }

    /// One commit behind the target, with the files that merging gives.
    fn squash(
        &self,
        message: &str,
        branch: &str,
        target: &str,
        head: &str,
    ) -> Result<String, Error> {
        let goes_on = self.is_in(target, head)?;
        let merged = match goes_on {
            true => head.to_string(),
            false => self.merge(message, branch, target, head)?,
        };
        let made = self.make(&self.finishing.squash, message, target, head)?;
        let [one] = made.as_slice() else { return Err(self.unexpected()) };
        let before = self.commits(&self.finishing.squash.made, target, head)?;
        let values = [("{from}", merged.as_str()), ("{commit}", &one.name)];
        self.run(&self.finishing.fill, &values)?;
        // It has another name now that it has other files.
        let after = self.commits(&self.finishing.squash.made, target, head)?;
        let new = after.iter().find(|new| before.iter().all(|old| old.name != new.name));
        let new = new.map_or(one, |new| new).name.clone();
        if !goes_on {
            self.drop_all(&[merged]);
        }
        Ok(new)
    }

    /// Makes commits; those that are there now and were not before.
    fn make(
        &self,
        making: &Making,
        message: &str,
        target: &str,
        head: &str,
    ) -> Result<Vec<Commit>, Error> {
        let before = self.commits(&making.made, target, head)?;
        let values = [("{message}", message), ("{target}", target), ("{commit}", head)];
        self.run(&making.make, &values)?;
        let mut made = self.commits(&making.made, target, head)?;
        made.retain(|new| before.iter().all(|old| old.name != new.name));
        Ok(made)
    }

    /// Refuses what conflicts, and takes it away.
    fn refuse_conflicts(&self, branch: &str, made: &[Commit]) -> Result<(), Error> {
        let Some(conflicts) = made.iter().find(|commit| commit.conflicts) else { return Ok(()) };
        let error = self.conflict(branch, &conflicts.name);
        let names: Vec<String> = made.iter().map(|commit| commit.name.clone()).collect();
        self.drop_all(&names);
        Err(error)
    }

    fn conflict(&self, branch: &str, commit: &str) -> Error {
        let paths = self.run(&self.finishing.conflicted, &[("{commit}", commit)]);
        let paths = paths.unwrap_or_default();
        let paths = paths.lines().map(segno_base::text::plain_text::line).collect();
        Error::Conflicts { target: branch.to_string(), paths }
    }

    /// What several commits say, as one message.
    fn said(&self, own: &[String]) -> Result<String, Error> {
        let revision = own.join(" | ");
        let lines = self.run(&self.finishing.said, &[("{revision}", &revision)])?;
        let lines = lines.lines().filter(|line| !line.is_empty());
        let list: String = lines.map(|line| format!("* {line}\n")).collect();
        Ok(format!("{}\n\n{list}", self.record.name))
    }

    /// Nothing of what was done may conflict in itself.
    fn whole(&self, branch: &str, target: &str, head: &str) -> Result<(), Error> {
        let own = self.commits(&self.finishing.own, target, head)?;
        match own.iter().find(|commit| commit.conflicts) {
            Some(commit) => Err(self.conflict(branch, &commit.name)),
            None => Ok(()),
        }
    }

    fn own(&self, target: &str, head: &str) -> Result<Vec<String>, Error> {
        let own = self.commits(&self.finishing.own, target, head)?;
        Ok(own.into_iter().map(|commit| commit.name).collect())
    }

    /// What is to be merged.
    fn head(&self) -> Result<Commit, Error> {
        let mut found = self.commits(&self.finishing.head, "", "")?;
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => Err(Error::refused("it is not clear which commit to merge; make one of them")),
        }
    }

    /// The branch that gets it, and its commit.
    fn target(&self, into: Option<&str>) -> Result<(String, String), Error> {
        let branch = into.or(self.record.base.as_deref()).ok_or_else(|| {
            Error::refused("the branch that it started from is unknown; name one with --into")
        })?;
        let found = self.kind.branch(&self.record.path, branch)?;
        let missing = || format!("there is no local branch {branch}; name one with --into");
        found.map(|at| (branch.to_string(), at)).ok_or_else(|| Error::Refused(missing()))
    }

    /// Whether a commit has another one among its ancestors, or is it.
    fn is_in(&self, commit: &str, of: &str) -> Result<bool, Error> {
        Ok(self.commits(&self.finishing.own, of, commit)?.is_empty())
    }

    fn commits(&self, revision: &str, target: &str, commit: &str) -> Result<Vec<Commit>, Error> {
        let revision = kinds::fill(revision, &[("{target}", target), ("{commit}", commit)]);
        let listed = self.run(&self.kind.commits, &[("{revision}", &revision)])?;
        let commits = listed.lines().map(|line| {
            let (name, letters) = line.split_once(' ').unwrap_or((line, ""));
            let conflicts = letters.contains('c');
            let described = !letters.contains('n');
            kinds::is_commit(name).then(|| Commit { name: name.into(), conflicts, described })
        });
        commits.collect::<Option<_>>().ok_or_else(|| self.unexpected())
    }

    fn run(&self, command: &[String], values: &[(&str, &str)]) -> Result<String, Error> {
        let printed = kinds::run(&self.kind, command, &self.record.path, values)?;
        Ok(String::from_utf8_lossy(&printed).into_owned())
    }

    fn unexpected(&self) -> Error {
        let why = "answered something unexpected; merge by hand, then put it away with --leave";
        Error::Refused(format!("{} {why}", self.kind.name))
    }
}
