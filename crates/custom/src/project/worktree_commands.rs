//! What a project wants to run in its worktrees: `[worktree]` of `.segno.toml`, for the command
//! line, which makes them. Nothing of it is run here.

use std::path::Path;

use super::file;
use segno_store::home::Home;

/// Command lines for `/bin/sh`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commands {
    /// When a worktree was made.
    pub setup: Option<String>,
    /// Before one is merged.
    pub pre_merge: Option<String>,
    /// Before one goes.
    pub teardown: Option<String>,
}

/// The commands of a project whose user trusts its file as it is now. An error says why they are
/// not run; a project that the user refused to trust has none.
pub fn trusted(home: &Home, root: &Path) -> Result<Option<Commands>, String> {
    let Some(file) = file::read(root)? else { return Ok(None) };
    let Some(wanted) = &file.shape.worktree else { return Ok(None) };
    let commands = Commands {
        setup: wanted.setup.clone(),
        pre_merge: wanted.pre_merge.clone(),
        teardown: wanted.teardown.clone(),
    };
    Ok(file.is_trusted(home, "[worktree] commands are not run")?.then_some(commands))
}

#[cfg(test)]
mod tests {
    use super::*;
    use segno_store::trust::Trust;
    use std::fs;

    #[test]
    fn nothing_runs_without_trust_in_the_file_as_it_is() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().canonicalize().unwrap();
        let home = Home::resolve(Some(dir.join("home").as_os_str()), None, &dir).unwrap();
        home.create().unwrap();
        let file = dir.join(file::NAME);
        assert_eq!(trusted(&home, &dir), Ok(None));
        fs::write(&file, "schema = 1\n[worktree]\nsetup = \"npm ci\"\n").unwrap();
        assert!(trusted(&home, &dir).unwrap_err().contains("segno project trust"));
        let decide = |trusted| {
            let hash = file::read(&dir).unwrap().unwrap().hash;
            let mut trust = Trust::load(&home.trust_file()).0;
            trust.decide(&file, &hash, trusted);
            trust.save(&home.trust_file()).unwrap();
        };
        decide(true);
        let commands = trusted(&home, &dir).unwrap().unwrap();
        assert_eq!((commands.setup.as_deref(), commands.teardown), (Some("npm ci"), None));
        fs::write(&file, "schema = 1\n[worktree]\nsetup = \"evil\"\n").unwrap();
        assert!(trusted(&home, &dir).is_err());
        decide(false);
        assert_eq!(trusted(&home, &dir), Ok(None));
    }
}
