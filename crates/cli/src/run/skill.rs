//! `skill`: what an agent needs to know to use Segno, printed or written where it looks.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::args::{Install, Skill};
use crate::environment::Environment;
use crate::error::{CliError, NOT_FOUND};
use crate::{external, print};

const TEXT: &str = include_str!("../../../../defaults/skill.md");
/// Where agents of several makers look, below a project.
const IN_A_PROJECT: &str = ".agents/skills/segno/SKILL.md";
const WHAT: &str = "cannot install the skill";

/// Prints it, or writes it with the user's consent.
pub fn skill(env: &Environment, command: Option<&Skill>) -> Result<(), CliError> {
    let Some(Skill::Install(install)) = command else { return print::text(TEXT) };
    let path = match &install.agent {
        Some(agent) => of_agent(env, agent)?,
        None => env.cwd.join(IN_A_PROJECT),
    };
    write(&path, install)
}

fn of_agent(env: &Environment, agent: &str) -> Result<PathBuf, CliError> {
    let file = external::skill_file(&env.home, agent)
        .map_err(|why| CliError { code: NOT_FOUND, ..CliError::new(WHAT, why) })?;
    file.ok_or_else(|| {
        CliError::new(WHAT, format!("it is not known where {agent} looks for skills"))
            .todo("`segno skill` prints it, for any file that it reads")
    })
}

fn write(path: &Path, install: &Install) -> Result<(), CliError> {
    let shown = path.display();
    let failed = |e: std::io::Error| CliError::new(WHAT, format!("{shown}: {e}"));
    let question = match std::fs::read(path) {
        Ok(there) if there == TEXT.as_bytes() => {
            return print::line(&format!("{shown} exists already"));
        }
        Ok(_) => format!("{shown} exists with other contents. Replace it?"),
        Err(e) if e.kind() == ErrorKind::NotFound => format!("Write {shown}?"),
        Err(e) => return Err(failed(e)),
    };
    if !install.yes && !agreed(&question)? {
        return print::line("nothing was written");
    }
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    std::fs::write(path, TEXT).map_err(failed)?;
    print::line(&shown.to_string())
}

/// Asks at the terminal; without one, the option is needed.
fn agreed(question: &str) -> Result<bool, CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(CliError::usage(WHAT, question).todo("say `--yes`"));
    }
    eprint!("{question} [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|e| CliError::new(WHAT, e))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
