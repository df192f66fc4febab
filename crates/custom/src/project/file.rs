//! `.segno.toml`: the panes that a project opens. Whoever wrote it may be a stranger, so it is
//! read with care, and nothing of it is carried out in here.

use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::shape::Shape;
use segno_base::text::hex::hex;
use segno_store::file::foreign;
use segno_store::home::Home;
use segno_store::project;
use segno_store::trust::Trust;

pub const NAME: &str = project::FILE;
/// No file that a person writes is larger.
const SIZE_MAX: u64 = 64 * 1024;
const TABS_MAX: usize = 20;
const PANES_MAX: usize = 40;

/// A project's file that could be used, if its user trusts it.
#[derive(Debug, Clone)]
pub struct ProjectFile {
    pub root: PathBuf,
    pub path: PathBuf,
    pub text: String,
    /// Of the text.
    pub hash: String,
    /// What stands in it, with absolute directories within the root.
    pub shape: Shape,
}

impl ProjectFile {
    /// Whether the user trusts it as it is now; where nothing is decided yet, an error says what of
    /// it is left out until then.
    pub fn is_trusted(&self, home: &Home, left_out: &str) -> Result<bool, String> {
        let decision = Trust::load(&home.trust_file()).0.decision(&self.path, &self.hash);
        decision.ok_or_else(|| {
            format!(
                "{}: its {left_out} until you trust it; read it, then `segno project trust {}`",
                self.path.display(),
                self.root.display()
            )
        })
    }
}

/// Reads a project's file. `None` when it has none; an error says in one line why it is not used.
pub fn read(root: &Path) -> Result<Option<ProjectFile>, String> {
    let path = root.join(NAME);
    let refused = |why: String| format!("{} is not used: {why}", path.display());
    let Some(bytes) =
        foreign::read_trusted(&path, SIZE_MAX).map_err(|refusal| refused(refusal.to_string()))?
    else {
        return Ok(None);
    };
    let hash = hex(&Sha256::digest(&bytes));
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8".into()))?;
    let shape = shape(&text, root).map_err(|why| refused(one_line(&why)))?;
    Ok(Some(ProjectFile { root: root.to_path_buf(), path, text, hash, shape }))
}

fn shape(text: &str, root: &Path) -> Result<Shape, String> {
    let mut shape = Shape::parse(text)?;
    if shape.tabs.len() > TABS_MAX {
        return Err(format!("it has more than {TABS_MAX} tabs"));
    }
    let mut panes = shape.panes_mut();
    if panes.len() > PANES_MAX {
        return Err(format!("it has more than {PANES_MAX} panes"));
    }
    for pane in &mut panes {
        pane.cwd = Some(within(root, pane.cwd.as_deref().unwrap_or(Path::new("")))?);
    }
    Ok(shape)
}

/// A directory of the file, absolute; refused when it is outside of the project, also by links.
fn within(root: &Path, named: &Path) -> Result<PathBuf, String> {
    let outside = || format!("{:?} is outside of the project", named.display().to_string());
    if named.components().any(|part| part == Component::ParentDir) {
        return Err(outside());
    }
    let path: PathBuf = root.join(named).components().collect();
    if !path.starts_with(root) {
        return Err(outside());
    }
    let real = |path: &Path| path.canonicalize().map_err(|error| error.to_string());
    // What is not there yet cannot be a link; where it would be can.
    let there = path.ancestors().find(|dir| std::fs::symlink_metadata(dir).is_ok());
    match real(there.unwrap_or(root))?.starts_with(real(root)?) {
        true => Ok(path),
        false => Err(outside()),
    }
}

/// What the user is shown of a text that anybody may have written: nothing in it can hide or
/// disguise anything.
pub fn plainly(text: &str) -> Vec<String> {
    let plain = |line: &str| {
        let mut shown = String::new();
        for c in line.chars() {
            match c {
                '\t' => shown.push_str("    "),
                '"' | '\'' | '\\' => shown.push(c),
                _ => shown.extend(c.escape_debug()),
            }
        }
        shown
    };
    text.lines().map(plain).collect()
}

fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "|");
    plainly(&lines.collect::<Vec<_>>().join("; ")).join(" ")
}

/// Where the project of a directory is, and its file where that is wanted.
pub fn look(
    directory: &Path,
    home: Option<&Path>,
    wanted: bool,
) -> (Option<PathBuf>, Result<Option<ProjectFile>, String>) {
    let root = project::root(directory, home);
    let file = match root.as_deref().filter(|_| wanted) {
        Some(root) => read(root),
        None => Ok(None),
    };
    (root, file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn project(text: &str) -> (tempfile::TempDir, PathBuf) {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap().join("project");
        fs::create_dir(&root).unwrap();
        fs::write(root.join(NAME), text).unwrap();
        (temp, root)
    }

    fn pane(cwd: &str) -> String {
        format!("schema = 1\n[[tab]]\nroot = {{ type = \"shell\", cwd = \"{cwd}\" }}\n")
    }

    #[test]
    fn directories_are_those_of_the_project() {
        let (_temp, root) = project(&pane("./sub/new"));
        let mut file = read(&root).unwrap().unwrap();
        assert_eq!(file.shape.panes_mut()[0].cwd, Some(root.join("sub/new")));
        assert_eq!(file.hash.len(), 64);
        let (_temp, root) = project("schema = 1\n[[tab]]\nroot = { type = \"shell\" }\n");
        let mut file = read(&root).unwrap().unwrap();
        assert_eq!(file.shape.panes_mut()[0].cwd, Some(root.clone()));
        fs::remove_file(root.join(NAME)).unwrap();
        assert!(read(&root).unwrap().is_none());
    }

    #[test]
    fn what_leads_out_of_the_project_is_refused() {
        for cwd in ["..", "sub/../..", "/", "/etc", "out", "out/new"] {
            let (_temp, root) = project(&pane(cwd));
            symlink("/", root.join("out")).unwrap();
            let why = read(&root).unwrap_err();
            assert!(why.ends_with("is outside of the project"), "{cwd}: {why}");
        }
    }

    #[test]
    fn hostile_files_are_refused_in_one_line() {
        let many = |n| "[[tab]]\nroot = { type = \"shell\" }\n".repeat(n);
        let wide =
            format!("{{ split = \"row\", children = [{}] }}", "{ type = \"s\" },".repeat(41));
        for (text, why) in [
            ("x".repeat(70_000), "larger than"),
            ("schema = 2\n".into(), "schema 2 is not known"),
            (format!("schema = 1\n{}", many(21)), "more than 20 tabs"),
            (format!("schema = 1\n[[tab]]\nroot = {wide}\n"), "more than 40 panes"),
            ("schema = 1\nevil = \"\u{202e}\"\n".into(), "evil"),
            (format!("schema = 1\n[[tab]]\nroot = {}1{}", "[".repeat(9000), "]".repeat(9000)), ""),
        ] {
            let (_temp, root) = project(&text);
            let said = read(&root).unwrap_err();
            assert!(said.contains(why), "{why}: {said}");
            assert!(!said.contains(['\n', '\u{202e}']), "{said}");
        }
        let (_temp, root) = project("");
        fs::remove_file(root.join(NAME)).unwrap();
        symlink("/etc/passwd", root.join(NAME)).unwrap();
        assert!(read(&root).unwrap_err().contains("symbolic link"));
        fs::remove_file(root.join(NAME)).unwrap();
        fs::create_dir(root.join(NAME)).unwrap();
        assert!(read(&root).unwrap_err().contains("a directory"));
    }

    #[test]
    fn what_others_can_write_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let (_temp, root) = project(&pane("."));
        let set = |mode| {
            fs::set_permissions(root.join(NAME), fs::Permissions::from_mode(mode)).unwrap();
        };
        for mode in [0o666, 0o646, 0o602] {
            set(mode);
            assert!(read(&root).unwrap_err().contains("others can write it"), "{mode:o}");
        }
        set(0o644);
        assert!(read(&root).unwrap().is_some());
    }

    #[test]
    fn nothing_hides_in_what_is_shown() {
        let shown = plainly("a\tb \u{1b}[2J \u{202e}x \u{200b} \"ä\\\" 漢");
        assert_eq!(shown, ["a    b \\u{1b}[2J \\u{202e}x \\u{200b} \"ä\\\" 漢"]);
    }
}
