//! A program that somebody typed in a shell: which of a start's arguments and variables it gets on
//! top of what it has anyway.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::environment::matches;
use crate::panetype::text::template::{Placeholder, Template, Values};
use crate::panetype::text::typed::Typed;
use crate::panetype::types::{PaneType, Resume};

type Env = BTreeMap<OsString, OsString>;

/// What every pane gets for its terminal and its directory; a shell has it as the user does.
const THE_SHELLS: &[&str] =
    &["TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "PWD", "PATH"];

/// A command line without the words that the type itself begins its arguments with. `None` where
/// it lacks them: then it starts something else.
pub fn own_args<'a>(ty: &PaneType, args: &'a [String]) -> Option<&'a [String]> {
    let words = texts(&ty.command.args);
    let words: Vec<_> = words.iter().take_while(|word| !word.starts_with('-')).collect();
    let begins =
        args.len() >= words.len() && words.iter().zip(args).all(|(word, arg)| *word == arg);
    begins.then(|| &args[words.len()..])
}

/// What command lines of a type mean, with what its ways into conversations say of that.
pub fn meaning_rules(ty: &PaneType) -> Typed {
    let mut typed = ty.typed.clone();
    typed.decides.extend(ty.resume.iter().flat_map(decides));
    typed
}

fn decides(resume: &Resume) -> BTreeSet<String> {
    let ways = [&resume.with_id, &resume.without_id, &resume.assign, &resume.fork];
    let options = |way: &&Vec<Template>| {
        let texts = texts(way);
        let word = texts.first().filter(|text| !text.starts_with('-')).cloned();
        let options = texts.into_iter().filter(|text| text.starts_with("--"));
        let options = options.map(|text| text.split('=').next().unwrap_or_default().to_string());
        word.into_iter().chain(options).collect::<Vec<_>>()
    };
    ways.iter().flat_map(options).collect()
}

/// Arguments as far as they are known without a start.
fn texts(templates: &[Template]) -> Vec<String> {
    let mut values = Values::new();
    values.insert(Placeholder::Session, "x".into());
    templates.iter().filter_map(|template| template.fill_text(&values).ok()).collect()
}

/// The environment of a program that is started from a shell: the shell's, with what a plan that
/// was made from it adds.
pub fn typed_environment(ty: &PaneType, shell: &Env, planned: &Env) -> Env {
    let removed = |name: &OsStr| {
        let unset = &ty.command.unset_env;
        matches("SEGNO_*", name)
            || unset.iter().any(|pattern| matches(pattern, name))
                && !unset.iter().any(|p| p.strip_prefix('!').is_some_and(|p| matches(p, name)))
    };
    let mut env = shell.clone();
    env.retain(|name, _| !removed(name) || *name == SHIMS);
    let adds = |name: &OsString| !THE_SHELLS.iter().any(|own| name == own);
    let added =
        planned.iter().filter(|(name, value)| adds(name) && shell.get(*name) != Some(value));
    env.extend(added.map(|(name, value)| (name.clone(), value.clone())));
    // What was the same in both, and is Segno's.
    let same = planned.iter().filter(|(name, _)| matches("SEGNO_*", name));
    env.extend(same.map(|(name, value)| (name.clone(), value.clone())));
    env
}

/// An environment as it was before a shell pane had shims put in front of `PATH`: for a Segno that
/// was started there.
pub fn without_shims(mut env: Env, own: &[PathBuf]) -> Env {
    let other = env.remove(OsStr::new(SHIMS));
    if let Some(path) = env.get_mut(OsStr::new("PATH")) {
        let shims =
            |dir: &PathBuf| own.contains(dir) || other.as_ref().is_some_and(|other| dir == other);
        let rest = std::env::split_paths(&path).filter(|dir| !shims(dir)).collect::<Vec<_>>();
        // What was split can be joined.
        *path = std::env::join_paths(rest).unwrap_or_default();
    }
    env
}

/// The variable that names the directory of shims to whatever runs in a shell pane.
pub const SHIMS: &str = "SEGNO_SHIMS";
/// The variable under which the tracker of a typed program keeps its files.
pub const GUEST: &str = "SEGNO_GUEST";

#[cfg(test)]
mod tests {
    use super::*;

    fn ty(text: &str) -> PaneType {
        let head = "schema = 1\nname = 'demo'\nkind = 'agent'\n";
        let checked = crate::panetype::check(&format!("{head}{text}"), "demo.toml");
        checked.pane_type.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
    }

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_string).collect()
    }

    #[test]
    fn a_type_that_begins_with_words_is_typed_with_them() {
        let chats = ty("[command]\nprogram = 'demo'\nargs = ['chat', '--tui']\n");
        assert_eq!(own_args(&chats, &words("chat -m x")), Some(&words("-m x")[..]));
        assert_eq!(own_args(&chats, &words("migrate up")), None);
        let plain = ty("[command]\nprogram = 'demo'\nargs = ['--tui']\n");
        assert_eq!(own_args(&plain, &words("up")), Some(&words("up")[..]));
    }

    #[test]
    fn the_ways_into_conversations_are_known_as_decisions() {
        use crate::panetype::text::typed::Meaning;
        let resume = "[resume]\nassign = ['--id={session}']\nwith_id = ['resume', '{session}']\n\
                      without_id = ['resume', '--last']\n";
        let rules = meaning_rules(&ty(&format!("[command]\nprogram = 'demo'\n{resume}")));
        for decided in ["--id=5", "resume", "resume x", "--last"] {
            assert_eq!(rules.meaning(&words(decided)), Meaning::Decided, "{decided}");
        }
        assert_eq!(rules.meaning(&words("go on")), Meaning::Open);
    }

    #[test]
    fn a_shells_environment_stays_but_for_what_the_type_adds() {
        let env = |text: &str| -> Env {
            let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
            pairs.map(|(name, value)| (name.into(), value.into())).collect()
        };
        let ty = ty("[command]\nprogram = 'demo'\nunset_env = ['PARENT']\n");
        let shell =
            env("TERM=own SHLVL=2 PARENT=1 SEGNO_TRACKER=old SEGNO_PANE=p1 SEGNO_SHIMS=/s A=1");
        let planned = env("TERM=xterm A=1 B=2 SEGNO_PANE=p1");
        let made = typed_environment(&ty, &shell, &planned);
        let own = &[PathBuf::from("/h/shims")];
        let pane = env("PATH=/h/shims:/bin:/s:/usr/bin SEGNO_SHIMS=/s A=1");
        assert_eq!(without_shims(pane, own), env("PATH=/bin:/usr/bin A=1"));
        assert_eq!(made, env("TERM=own SHLVL=2 SEGNO_PANE=p1 SEGNO_SHIMS=/s A=1 B=2"));
    }
}
