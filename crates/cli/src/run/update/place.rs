//! The program's file and its predecessor beside it: exchanged by renaming, so that there is one at
//! every moment.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

/// Beside the program: what it was before the last update.
const PREVIOUS: &str = ".segno.previous";
/// From the program's directory: where a package's own tools say how it is updated.
const INSTALLED_BY: &str = "../share/segno/installed-by";
/// More than one line of text has.
const LINE_MAX: usize = 200;

/// Where a program and its predecessor are.
#[derive(Debug, Clone)]
pub struct Place {
    program: PathBuf,
    previous: PathBuf,
}

impl Place {
    /// Of this program's file.
    pub fn of(program: &Path) -> io::Result<Place> {
        let program = program.canonicalize()?;
        let previous = program.with_file_name(PREVIOUS);
        Ok(Place { program, previous })
    }

    /// The program's file.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The predecessor, where there is one.
    pub fn previous(&self) -> Option<&Path> {
        self.previous.is_file().then_some(self.previous.as_path())
    }

    /// The command that updates it, where a package's tools have installed it.
    pub fn installed_by(&self) -> Option<String> {
        let text = fs::read_to_string(self.directory().join(INSTALLED_BY)).ok()?;
        let line = text.lines().next().unwrap_or_default().trim();
        Some(line.chars().take(LINE_MAX).collect())
    }

    /// Writes a program beside the one in use, ready to be started; it is removed when it is not
    /// put in place.
    pub fn stage(&self, program: &[u8]) -> io::Result<TempPath> {
        let mode = fs::metadata(&self.program)?.permissions().mode() & 0o777;
        let mut file = tempfile::Builder::new().prefix(".segno.").tempfile_in(self.directory())?;
        file.write_all(program)?;
        file.as_file().set_permissions(Permissions::from_mode(mode | 0o500))?;
        file.as_file().sync_all()?;
        Ok(file.into_temp_path())
    }

    /// Puts a staged program in place; the one that was there becomes the predecessor.
    pub fn put(&self, staged: &Path) -> io::Result<()> {
        self.keep_as(&self.previous)?;
        fs::rename(staged, &self.program)?;
        self.sync()
    }

    /// Puts the predecessor back in place.
    pub fn put_back(&self) -> io::Result<()> {
        fs::rename(&self.previous, &self.program)?;
        self.sync()
    }

    /// Exchanges the program and its predecessor.
    pub fn swap(&self) -> io::Result<()> {
        let aside = self.previous.with_extension("aside");
        self.keep_as(&aside)?;
        fs::rename(&self.previous, &self.program)?;
        fs::rename(&aside, &self.previous)?;
        self.sync()
    }

    /// Makes the program have this name, too.
    fn keep_as(&self, name: &Path) -> io::Result<()> {
        let fresh = self.previous.with_extension("new");
        let _ = fs::remove_file(&fresh);
        // Not every file system has second names.
        if fs::hard_link(&self.program, &fresh).is_err() {
            fs::copy(&self.program, &fresh)?;
        }
        fs::rename(&fresh, name)
    }

    fn sync(&self) -> io::Result<()> {
        File::open(self.directory())?.sync_all()
    }

    fn directory(&self) -> &Path {
        self.program.parent().unwrap_or(Path::new("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_replaced_taken_back_and_exchanged() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("segno");
        fs::write(&program, "old").unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        let place = Place::of(&program).unwrap();
        assert_eq!(place.previous(), None);
        let is = |text: &str| assert_eq!(fs::read_to_string(&program).unwrap(), text);
        drop(place.stage(b"never").unwrap());
        is("old");
        place.put(&place.stage(b"new").unwrap()).unwrap();
        is("new");
        assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o755);
        place.swap().unwrap();
        is("old");
        place.swap().unwrap();
        is("new");
        place.put_back().unwrap();
        is("old");
        let names = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(names, 1, "nothing else is left");
    }

    #[test]
    fn what_a_package_installed_names_its_own_way() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["bin", "share/segno"] {
            fs::create_dir_all(directory.path().join(name)).unwrap();
        }
        let program = directory.path().join("bin/segno");
        fs::write(&program, "").unwrap();
        let place = Place::of(&program).unwrap();
        assert_eq!(place.installed_by(), None);
        fs::write(directory.path().join("share/segno/installed-by"), "apt upgrade segno\n")
            .unwrap();
        assert_eq!(place.installed_by().as_deref(), Some("apt upgrade segno"));
    }
}
