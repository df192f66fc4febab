//! What would be run for a conversation, and where. Nothing is written or started here, but for the
//! directory of the notes.

use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::due::{MARK, Times};
use super::known::Known;
use crate::environment::{self, CURATION, Environment};
use crate::error::{CliError, NOT_FOUND, REFUSED};
use crate::external;
use segno_agent::panetype::launch::{Headless, HeadlessRequest, headless, without_shims};
use segno_agent::panetype::program::probe::SystemProbe;
use segno_agent::panetype::{PaneType, Registry};
use segno_base::text::hex::hex;
use segno_base::text::template;
use segno_config::Config;
use segno_config::sections::curate::Curate;
use segno_store::file::user_file;
use segno_store::home::Home;
use segno_store::project;

/// The prompt that comes with Segno.
const PROMPT: &str = include_str!("../../../../../defaults/curate.md");
/// The largest prompt, in bytes: it becomes an argument.
const PROMPT_MAX: u64 = 64 << 10;
/// What of a project's name becomes part of a directory's, in characters.
const NAME_MAX: usize = 60;
/// The project of conversations that ran nobody knows where.
const NOWHERE: &str = "elsewhere";

/// What runs are made from.
pub struct Setup {
    pub config: Config,
    pub registry: Registry,
}

/// One run.
pub struct Plan {
    pub type_name: String,
    pub start: Headless,
    pub prompt: String,
    /// Where the agent runs: the notes.
    pub directory: PathBuf,
    /// The root of the project.
    pub project: String,
    pub limit: Duration,
}

impl Setup {
    pub fn of(home: &Home) -> Setup {
        Setup { config: external::settings(home), registry: external::registry(home) }
    }

    pub fn times(&self) -> Times {
        let Curate { after, cooldown, time_limit, .. } = self.config.curate;
        let signed = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        Times { after: signed(after), cooldown: signed(cooldown), limit: signed(time_limit) }
    }

    /// The type whose program curates conversations of an agent.
    pub fn type_for<'a>(&'a self, agent: &'a str) -> &'a str {
        match self.config.curate.type_name.as_str() {
            "" => agent,
            chosen => chosen,
        }
    }

    /// Whether there is anything that could do it.
    pub fn can(&self, agent: &str) -> bool {
        self.registry.get(self.type_for(agent)).is_some_and(|ty| ty.runs_headless())
    }

    fn pane_type(&self, what: &str, agent: &str) -> Result<&PaneType, CliError> {
        let name = self.type_for(agent);
        let found = self.registry.find(name);
        let ty = found.map_err(|unknown| CliError::new(what, unknown).coded(NOT_FOUND))?;
        match ty.runs_headless() {
            true => Ok(ty),
            false => Err(CliError::new(what, format!("{name} cannot run without a terminal"))
                .todo("choose another type with `curate.type`, or give this one `run_args`")
                .coded(REFUSED)),
        }
    }

    /// What is to be run; `makes`: the directory of the notes is made.
    pub fn plan(
        &self,
        env: &Environment,
        what: &str,
        of: &Known,
        makes: bool,
    ) -> Result<Plan, CliError> {
        let ty = self.pane_type(what, &of.seen.agent)?;
        let user_home = environment::user_home();
        let root = of.seen.directory.as_deref().map(|directory| {
            let directory = Path::new(directory);
            project::root(directory, user_home.as_deref())
                .unwrap_or_else(|| directory.to_path_buf())
        });
        let place = self.place(env, what, root.as_deref(), user_home.as_deref())?;
        let directory = place.settle(what, makes)?;
        let project = root.map_or(NOWHERE.into(), |root| root.to_string_lossy().into_owned());
        let prompt = self.prompt(env, what, of, &directory, &project)?;
        let variables = without_shims(environment::variables(), &env.home.first_in_path());
        let segno = environment::program().map_err(|e| CliError::new(what, e))?;
        let request = HeadlessRequest {
            prompt: &prompt,
            cwd: &directory,
            home: env.home.path(),
            env: &variables,
            unset: &self.config.environment.unset,
            shell: &environment::shell(),
            segno: &segno,
        };
        let mut start = headless(ty, request, &SystemProbe).map_err(|e| CliError::new(what, e))?;
        start.env.insert(CURATION.into(), of.name().into());
        let limit = Duration::from_millis(self.config.curate.time_limit);
        Ok(Plan { type_name: ty.name.clone(), start, prompt, directory, project, limit })
    }

    fn place(
        &self,
        env: &Environment,
        what: &str,
        root: Option<&Path>,
        user_home: Option<&Path>,
    ) -> Result<Place, CliError> {
        let for_each = |above: PathBuf| above.join(root.map_or(NOWHERE.into(), name_of));
        let Some(path) = &self.config.curate.notes else {
            let above = env.home.notes_dir().join("projects");
            return Ok(Place { directory: for_each(above), within: None });
        };
        if let Some(path) = full(path, user_home) {
            return Ok(Place { directory: for_each(path), within: None });
        }
        match root.filter(|root| root.is_dir()) {
            Some(root) => Ok(Place { directory: root.join(path), within: Some(root.into()) }),
            None => {
                let why = "its project is not there, and `curate.notes` is a path in it";
                Err(CliError::new(what, why).coded(REFUSED))
            }
        }
    }

    fn prompt(
        &self,
        env: &Environment,
        what: &str,
        of: &Known,
        notes: &Path,
        project: &str,
    ) -> Result<String, CliError> {
        let own = match &self.config.curate.prompt {
            None => None,
            Some(path) => {
                let path = full(path, environment::user_home().as_deref())
                    .unwrap_or_else(|| env.home.path().join(path));
                let text =
                    user_file::read(&path, PROMPT_MAX).map_err(|e| CliError::new(what, e))?;
                let missing = || format!("`curate.prompt`: there is no {}", path.display());
                Some(text.ok_or_else(|| CliError::new(what, missing()))?)
            }
        };
        let text = own.as_deref().unwrap_or(PROMPT);
        let mut values = BTreeMap::from([
            ("id".to_string(), of.name()),
            ("agent".to_string(), of.seen.agent.clone()),
            ("notes".to_string(), notes.display().to_string()),
            ("project".to_string(), project.to_string()),
        ]);
        let fields = template::fields(text);
        values.retain(|name, _| fields.contains(&name.as_str()));
        let filled = template::fill(text, &values)
            .map_err(|e| CliError::new(what, format!("the prompt: {e}")))?;
        Ok(format!("{MARK}{}\n\n{filled}", of.name()))
    }
}

/// Where notes go.
struct Place {
    directory: PathBuf,
    /// What it must not lead out of.
    within: Option<PathBuf>,
}

impl Place {
    /// As the system names it, for agents say that of their conversations.
    fn settle(self, what: &str, makes: bool) -> Result<PathBuf, CliError> {
        let Place { directory, within } = self;
        let failed =
            |e: std::io::Error| CliError::new(what, format!("{}: {e}", directory.display()));
        if makes {
            let mut builder = std::fs::DirBuilder::new();
            builder.recursive(true);
            if within.is_none() {
                builder.mode(0o700);
            }
            builder.create(&directory).map_err(failed)?;
        } else if !directory.exists() {
            return Ok(directory);
        }
        let real = directory.canonicalize().map_err(failed)?;
        // A link in a project may lead anywhere, and an agent would write there unasked.
        let root = within.map(|root| root.canonicalize()).transpose().map_err(failed)?;
        match root.is_none_or(|root| real.starts_with(root)) {
            true => Ok(real),
            false => {
                let why = format!("{} leads out of the project", directory.display());
                Err(CliError::new(what, why).coded(REFUSED))
            }
        }
    }
}

/// A path that says all, if it does.
fn full(path: &Path, user_home: Option<&Path>) -> Option<PathBuf> {
    match path.strip_prefix("~") {
        Ok(below) => Some(user_home?.join(below)),
        Err(_) => path.is_absolute().then(|| path.to_path_buf()),
    }
}

/// The name of a project's directory, readable and no other project's.
fn name_of(root: &Path) -> PathBuf {
    let name = root.file_name().unwrap_or_default().to_string_lossy();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let safe = name.chars().map(|c| if fits(c) { c } else { '-' });
    let name: String = safe.take(NAME_MAX).collect();
    let hash = Sha256::digest(root.as_os_str().as_encoded_bytes());
    let hash = hex(&hash[..3]);
    PathBuf::from(format!("{}-{hash}", name.trim_start_matches(['.', '-'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_of_one_name_have_two_directories() {
        let name = |root: &str| name_of(Path::new(root)).display().to_string();
        assert!(name("/a/tool").starts_with("tool-"));
        assert_ne!(name("/a/tool"), name("/b/tool"));
        for odd in ["/", "/a/..", "/a/\u{1b}[2J x/", "/.hidden"] {
            let name = name(odd);
            assert!(!name.starts_with('.') && !name.contains(['/', '\u{1b}', ' ']), "{name}");
        }
    }

    #[test]
    fn the_prompt_names_what_it_is_about() {
        let fields = template::fields(PROMPT);
        for field in ["id", "notes", "project"] {
            assert!(fields.contains(&field), "{field}");
        }
    }
}
