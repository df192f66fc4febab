//! Where the command line meets the long-running parts of the program and the readers of files.
//!
//! One small place to wire them, so that the rest of `cli/` does not depend on how they look.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args::ConfigFile;
use super::environment;
use segno_agent::identity::SessionId;
use segno_agent::panetype;
use segno_agent::start::StartRequest;
use segno_base::text::diagnostic::Diagnostic;
use segno_config::Config;
use segno_config::sections::looks::Looks;
use segno_config::sections::worktree;
use segno_custom::theme::{self, Themes};
use segno_custom::types::{StoredTypes, load_types};
use segno_keeper as keeper;
use segno_store::home::Home;
use segno_worktree::start::Place;

/// The largest file of settings that is read, in bytes.
const CONFIG_MAX: u64 = 1 << 20;

/// The pane types, where no daemon lists them.
pub fn stored_types(home: &Home) -> StoredTypes {
    StoredTypes::load(home, environment::variables())
}

/// Where programs of a type look for skills; none where that is not known. The error says why there
/// is no such type.
pub fn skill_file(home: &Home, name: &str) -> Result<Option<PathBuf>, String> {
    stored_types(home).skill_file(name)
}

/// The pane types alone, without a look for their programs.
pub fn registry(home: &Home) -> panetype::Registry {
    load_types(home)
}

/// Runs the keeper until nothing is left to keep.
pub fn run_keeper(home: &Home, ready_fd: Option<i32>) -> ExitCode {
    let paths = keeper::process::Paths::in_home(home.path());
    keeper::process::run(&paths, ready_fd)
}

/// Where the settings want worktrees. Settings that cannot be read are `doctor`'s to report.
pub fn worktree_place(home: &Home) -> Place {
    match settings(home).worktree.place {
        worktree::Place::Beside => Place::Beside,
        worktree::Place::Below => Place::Below,
        worktree::Place::Home => Place::Home,
    }
}

/// Whether a pane could be started so, as far as its type says; or why not.
pub fn check_start(
    home: &Home,
    start: &StartRequest,
    prompt: Option<&str>,
    session: Option<&SessionId>,
) -> Result<(), String> {
    let default = || settings(home).general.default_type;
    let named = Some(start.type_name.clone()).filter(|name| !name.is_empty());
    // The type of a conversation is not known here.
    let known = named.or_else(|| session.is_none().then(default));
    known.map_or(Ok(()), |name| stored_types(home).check(&name, start, prompt, session))
}

/// Whether a pane is a shell when its type is not said.
pub fn opens_shells(home: &Home) -> bool {
    let default = settings(home).general.default_type;
    registry(home).get(&default).is_some_and(|ty| ty.kind == panetype::Kind::Shell)
}

/// What the user has differences shown by; empty: by Segno.
pub fn diff_program(home: &Home) -> String {
    settings(home).worktree.diff_program
}

/// What a check of a file shows.
#[derive(Debug, Default)]
pub struct Findings {
    /// As compilers print them, one per line.
    pub lines: Vec<String>,
    /// Whether the file cannot be used.
    pub broken: bool,
}

impl From<Vec<Diagnostic>> for Findings {
    fn from(diagnostics: Vec<Diagnostic>) -> Findings {
        Findings {
            broken: diagnostics.iter().any(Diagnostic::is_error),
            lines: diagnostics.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Checks a pane type's text, and whether the files that it needs stand beside it.
pub fn check_pane_type(text: &str, file: &Path) -> Findings {
    let mut checked = panetype::check(text, &file.display().to_string());
    if let Some(ty) = &mut checked.pane_type {
        ty.source = panetype::Source::User(file.to_owned());
        checked.diagnostics.extend(panetype::registry::missing_assets(ty));
        checked.diagnostics.extend(panetype::advice(text, &file.display().to_string()));
    }
    checked.diagnostics.into()
}

/// The text that a new pane type begins with.
pub fn pane_type_scaffold(name: &str, program: &str) -> Result<String, String> {
    panetype::scaffold::scaffold(name, program)
}

/// Checks a settings text.
pub fn check_config(text: &str, file: &Path) -> Findings {
    let name = file.display().to_string();
    let (mut config, diagnostics) = Config::load(Some(text), &name);
    let mut findings = Findings::from(diagnostics);
    // The themes stand beside the settings; what is wrong with them is reported with their own
    // check.
    let files = segno_store::home::toml_files(&file.with_file_name("themes"));
    let user: Vec<_> =
        files.into_iter().map(|file| (file.display().to_string(), String::new())).collect();
    let errors = Themes::load(&user).0.settle(&mut config.looks, &Looks::default(), text, &name);
    findings.broken |= !errors.is_empty();
    findings.lines.extend(errors);
    // Errors first, then by line.
    findings.lines.sort_by_key(|finding| {
        let place = finding.strip_prefix(&format!("{name}:")).unwrap_or_default();
        let line = place.split(':').next().and_then(|line| line.parse::<usize>().ok());
        (finding.contains(": warning: "), line.unwrap_or(0))
    });
    findings
}

/// The settings that are in force when a daemon is started now.
pub fn settings(home: &Home) -> Config {
    let text = segno_store::file::user_file::read(&home.config_file(), CONFIG_MAX).ok().flatten();
    Config::load(text.as_deref(), "config.toml").0
}

/// Checks a text of keys.
pub fn check_keys(text: &str, file: &Path) -> Findings {
    let file = file.display().to_string();
    let source = segno_config::Source { text, file: &file };
    Config::resolve(None, Some(source), &segno_config::InForce::default()).2.into()
}

/// Checks a theme.
pub fn check_theme(text: &str, file: &Path) -> Findings {
    theme::file::check(text, &file.display().to_string()).into()
}

/// The check for a file, by its name.
pub fn checker(file: &Path) -> fn(&str, &Path) -> Findings {
    let parent = file.parent().and_then(Path::file_name);
    if file.file_name().is_some_and(|name| name == "keys.toml") {
        check_keys
    } else if parent.is_some_and(|name| name == "themes") {
        check_theme
    } else {
        check_config
    }
}

/// The files that the user's settings are in; themes only where there are some.
pub fn settings_files(home: &Home) -> Vec<PathBuf> {
    let mut files = vec![home.config_file(), home.keys_file()];
    files.extend(home.theme_files());
    files
}

/// A commented default file.
pub fn default_config(which: ConfigFile) -> &'static str {
    match which {
        ConfigFile::Settings => segno_config::DEFAULT_TEXT,
        ConfigFile::Keys => segno_config::keys::keys_file::DEFAULT_KEYS,
        ConfigFile::Theme => theme::EXAMPLE,
    }
}
