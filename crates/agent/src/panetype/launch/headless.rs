//! A program that carries out one prompt without a terminal: in no pane, and with no tracker.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::error::LaunchError;
use super::values::{fill, fill_args, with};
use super::{Probe, environment};
use crate::panetype::program;
use crate::panetype::text::template::{Placeholder, Values};
use crate::panetype::types::PaneType;

/// What is asked for, and where.
#[derive(Debug, Clone, Copy)]
pub struct HeadlessRequest<'a> {
    pub prompt: &'a str,
    /// Where the program starts: absolute, and there.
    pub cwd: &'a Path,
    /// Segno's directory.
    pub home: &'a Path,
    /// What it inherits.
    pub env: &'a BTreeMap<OsString, OsString>,
    /// Names and patterns that it does not (`environment.unset`).
    pub unset: &'a [String],
    /// The user's shell, absolute.
    pub shell: &'a Path,
    /// This program, absolute; found by its name in `PATH`, too.
    pub segno: &'a Path,
}

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headless {
    /// Absolute.
    pub program: PathBuf,
    /// Without the program itself.
    pub args: Vec<OsString>,
    /// Complete: nothing is inherited besides.
    pub env: BTreeMap<OsString, OsString>,
}

/// The start of a type's program by its `run_args`.
pub fn headless(
    ty: &PaneType,
    req: HeadlessRequest<'_>,
    probe: &dyn Probe,
) -> Result<Headless, LaunchError> {
    if !ty.runs_headless() {
        return Err(LaunchError::Unsupported(ty.name.clone(), "prompt without a terminal"));
    }
    let mut env = environment::environment_outside(ty, req.env, req.unset);
    let text = |path: &Path| path.as_os_str().to_os_string();
    env.insert("SEGNO_HOME".into(), text(req.home));
    env.insert("PWD".into(), text(req.cwd));
    env.insert("PATH".into(), with_segno(&env, req.segno));
    let mut values: Values = [
        (Placeholder::Home, text(req.home)),
        (Placeholder::Type, ty.name.clone().into()),
        (Placeholder::Cwd, text(req.cwd)),
        (Placeholder::Shell, text(req.shell)),
        (Placeholder::Segno, text(req.segno)),
    ]
    .into();
    environment::add_user_dirs(&env, &mut values);
    environment::add_names(&env, &mut values);
    environment::fill(&ty.command.env, &values, &mut env)?;
    let wanted = fill(&ty.command.program, &values, "program")?;
    let found = program::find(&wanted, &env, Some(req.cwd), probe);
    let program = found.ok_or_else(|| LaunchError::NotFound {
        program: wanted.to_string_lossy().into_owned(),
        homepage: ty.homepage.clone(),
    })?;
    let values = with(&values, Placeholder::Prompt, req.prompt, "prompt")?;
    let args = fill_args(&ty.command.run_args, &values)?;
    Ok(Headless { program, args, env })
}

/// `PATH` with this program's directory at its end.
fn with_segno(env: &BTreeMap<OsString, OsString>, segno: &Path) -> OsString {
    let path = env.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    let own = segno.parent().map(Path::to_path_buf);
    let all = std::env::split_paths(&path).filter(|dir| !dir.as_os_str().is_empty()).chain(own);
    // A directory with a colon in its name cannot be named there.
    std::env::join_paths(all).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panetype::program::probe::SystemProbe;

    fn ty(text: &str) -> PaneType {
        let head = "schema = 1\nname = 'demo'\nkind = 'agent'\n[command]\nprogram = 'sh'\n";
        let checked = crate::panetype::check(&format!("{head}{text}"), "demo.toml");
        checked.pane_type.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
    }

    fn plan(ty: &PaneType, prompt: &str) -> Result<Headless, LaunchError> {
        let env = "PATH=/usr/bin:/bin HOME=/u SEGNO_PANE=p1 SEGNO_TRACKER=x OWN=1 A=2";
        let pairs = env.split_whitespace().filter_map(|pair| pair.split_once('='));
        let env = pairs.map(|(name, value)| (name.into(), value.into())).collect();
        let req = HeadlessRequest {
            prompt,
            cwd: Path::new("/notes"),
            home: Path::new("/h"),
            env: &env,
            unset: &[],
            shell: Path::new("/bin/sh"),
            segno: Path::new("/opt/segno/segno"),
        };
        headless(ty, req, &SystemProbe)
    }

    #[test]
    fn the_prompt_is_one_argument_and_no_pane_shows_through() {
        let ty = ty("args = ['--ui']\nunset_env = ['OWN']\nenv = { MODE = 'batch' }\n\
                     run_args = ['-p', '--', '{prompt}']\n");
        let made = plan(&ty, "read $(this)\n'well'").unwrap();
        assert_eq!(made.args, ["-p", "--", "read $(this)\n'well'"]);
        assert!(made.program.is_absolute());
        let get = |name: &str| made.env.get(OsStr::new(name)).map(|v| v.to_string_lossy());
        assert_eq!(get("PATH").as_deref(), Some("/usr/bin:/bin:/opt/segno"));
        assert_eq!(get("MODE").as_deref(), Some("batch"));
        assert_eq!(get("SEGNO_HOME").as_deref(), Some("/h"));
        assert_eq!((get("SEGNO_PANE"), get("SEGNO_TRACKER"), get("OWN")), (None, None, None));
        assert!(plan(&ty, "nul \0").is_err());
    }

    #[test]
    fn what_has_no_such_arguments_is_refused() {
        let why = plan(&ty("args = []\n"), "x").unwrap_err().to_string();
        assert!(why.contains("without a terminal"), "{why}");
    }
}
