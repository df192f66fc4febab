//! The directory of shims: links to this program by the names of the programs in whose place it is
//! found first. What else lies there is removed, so that nothing is found by mistake.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

/// The link by which a shell goes back to the agent that it had.
pub const RETURN: &str = "segno-return";

/// Makes the directory hold these links to the program, and nothing else.
pub fn install(dir: &Path, program: &Path, names: &BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(dir)?.flatten() {
        let name = entry.file_name();
        let path = entry.path();
        let wanted = name.to_str().is_some_and(|name| names.contains(name));
        if !wanted || fs::read_link(&path).ok().as_deref() != Some(program) {
            match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                true => fs::remove_dir_all(&path)?,
                false => fs::remove_file(&path)?,
            }
        }
    }
    for name in names {
        match symlink(program, dir.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The names of the links that are there.
pub fn names(dir: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_links_are_there_and_nothing_else_is() {
        let temp = tempfile::tempdir().unwrap();
        let list = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
        let dir = temp.path();
        fs::write(dir.join("a"), "no link").unwrap();
        fs::create_dir(dir.join("left")).unwrap();
        install(dir, Path::new("/bin/one"), &list(&["a", "b"])).unwrap();
        assert_eq!(names(dir), list(&["a", "b"]));
        install(dir, Path::new("/bin/two"), &list(&["b"])).unwrap();
        assert_eq!(fs::read_link(dir.join("b")).unwrap(), Path::new("/bin/two"));
        assert_eq!(names(dir), list(&["b"]));
    }
}
