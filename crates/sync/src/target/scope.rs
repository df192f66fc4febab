//! Whether a conversation goes to a target.

use std::path::Path;

use super::{Contents, Scope, Target};
use segno_archive::query::Role;

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub agent: &'a str,
    pub project: Option<&'a str>,
    pub directory: Option<&'a str>,
    /// When something was said last.
    pub updated: i64,
}

impl Target {
    /// Whether the user wants it sent there.
    pub fn wants(&self, about: &About) -> bool {
        let paused = about.directory.is_some_and(|at| any_above(&self.paused_directories, at));
        about.updated >= self.since && !paused && self.scope.lets(about)
    }
}

impl Contents {
    /// Whether these are among them; `tools`: where all is sent, tools are too.
    pub fn include(self, role: Role, tools: bool) -> bool {
        match (self, role) {
            (Self::All, Role::Tool) => tools,
            (Self::All, _) | (Self::Prompts, Role::User) => true,
            (Self::Prompts | Self::Titles, _) => false,
        }
    }
}

impl Scope {
    fn lets(&self, about: &About) -> bool {
        let has = |list: &[String], value: Option<&str>| {
            value.is_some_and(|value| list.iter().any(|one| one.eq_ignore_ascii_case(value)))
        };
        let at = |list: &[String]| about.directory.is_some_and(|at| any_above(list, at));
        let agent = Some(about.agent);
        (self.agents.is_empty() || has(&self.agents, agent))
            && (self.projects.is_empty() || has(&self.projects, about.project))
            && (self.directories.is_empty() || at(&self.directories))
            && !has(&self.exclude_agents, agent)
            && !has(&self.exclude_projects, about.project)
            && !at(&self.exclude_directories)
    }
}

/// Whether one of these directories is this one or above it.
fn any_above(directories: &[String], at: &str) -> bool {
    directories.iter().any(|directory| Path::new(at).starts_with(directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_excluded_stays_whatever_is_included() {
        let mut target = Target::new("t", "s", "u", 100);
        let about = |agent, project, directory| About {
            agent,
            project: Some(project),
            directory: Some(directory),
            updated: 100,
        };
        let work = about("demo", "app", "/work/app/src");
        assert!(target.wants(&work));
        assert!(!target.wants(&About { updated: 99, ..work }));
        target.scope.agents = vec!["demo".into()];
        target.scope.projects = vec!["App".into()];
        target.scope.directories = vec!["/work".into()];
        assert!(target.wants(&work));
        assert!(!target.wants(&about("other", "app", "/work/app")));
        assert!(!target.wants(&about("demo", "else", "/work/else")));
        assert!(!target.wants(&about("demo", "app", "/works/app")));
        assert!(!target.wants(&About { directory: None, ..work }));
        target.scope.exclude_directories = vec!["/work/app/src".into()];
        assert!(!target.wants(&work));
        assert!(target.wants(&about("demo", "app", "/work/app/srcs")));
        target.paused_directories = vec!["/work".into()];
        assert!(!target.wants(&about("demo", "app", "/work/app/srcs")));
    }
}
