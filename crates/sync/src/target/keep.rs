//! Targets and their keys on disk: a file each, for this user alone.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Target;
use crate::error::{Error, Result};
use segno_store::file::{atomic, foreign};
use segno_store::home::own_directory;

/// The largest file that is read, in bytes.
const FILE_MAX: u64 = 1 << 20;

/// The name of a target whose file cannot be read, and why.
pub type Broken = (String, Error);

/// The directory with all targets.
#[derive(Debug, Clone)]
pub struct Targets {
    directory: PathBuf,
}

impl Targets {
    /// Those below `$SEGNO_HOME/sync`.
    pub fn new(sync: &Path) -> Self {
        Self { directory: sync.to_path_buf() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.join("targets").join(format!("{name}.toml"))
    }

    fn key_file(&self, name: &str) -> PathBuf {
        self.directory.join("keys").join(name)
    }

    /// All targets by name; none where nobody has logged in. One whose file cannot be read holds up
    /// no other: it stands in the second list.
    pub fn all(&self) -> Result<(Vec<Target>, Vec<Broken>)> {
        let (mut all, mut broken) = (Vec::new(), Vec::new());
        for name in self.names()? {
            match self.get(&name) {
                Ok(target) => all.extend(target),
                Err(error) => broken.push((name, error)),
            }
        }
        Ok((all, broken))
    }

    fn names(&self) -> Result<Vec<String>> {
        let directory = self.directory.join("targets");
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::file("cannot read", &directory)(error)),
        };
        let names = entries.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_suffix(".toml").filter(|name| Target::is_name(name)).map(Into::into)
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        Ok(names)
    }

    /// The target of this name.
    pub fn get(&self, name: &str) -> Result<Option<Target>> {
        if !Target::is_name(name) {
            return Ok(None);
        }
        let path = self.file(name);
        let Some(text) = read(&path)? else { return Ok(None) };
        let target: Target = toml::from_str(&text)
            .map_err(|e| Error::Unreadable { path, why: e.message().to_owned() })?;
        Ok(Some(Target { name: name.into(), ..target }))
    }

    /// Writes a target.
    pub fn put(&self, target: &Target) -> Result<()> {
        let path = self.file(&target.name);
        let text = toml::to_string(target)
            .map_err(|e| Error::Unreadable { path: path.clone(), why: e.to_string() })?;
        self.write(&path, &text)
    }

    /// Its key, where one is stored.
    pub fn key(&self, name: &str) -> Result<Option<String>> {
        let text = read(&self.key_file(name))?;
        Ok(text.map(|text| text.trim().to_owned()).filter(|key| !key.is_empty()))
    }

    pub fn put_key(&self, name: &str, key: &str) -> Result<()> {
        self.write(&self.key_file(name), &format!("{key}\n"))
    }

    /// Forgets a target and its key; whether there was one.
    pub fn remove(&self, name: &str) -> Result<bool> {
        if !Target::is_name(name) {
            return Ok(false);
        }
        // The key first: whatever happens, nobody is left with a key that nothing shows.
        self.remove_key(name)?;
        remove(&self.file(name))
    }

    /// Forgets its key alone.
    pub fn remove_key(&self, name: &str) -> Result<()> {
        remove(&self.key_file(name)).map(drop)
    }

    fn write(&self, path: &Path, text: &str) -> Result<()> {
        let directory = path.parent().unwrap_or(&self.directory);
        own_directory(directory)?;
        atomic::write(path, text.as_bytes()).map_err(Error::file("cannot write", path))
    }
}

fn read(path: &Path) -> Result<Option<String>> {
    let why = |why: &dyn ToString| Error::Unreadable { path: path.into(), why: why.to_string() };
    let bytes = foreign::read_file(path, FILE_MAX).map_err(|e| why(&e))?;
    bytes.map(|bytes| String::from_utf8(bytes).map_err(|e| why(&e))).transpose()
}

/// Whether it was there.
fn remove(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::file("cannot remove", path)(error)),
    }
}

impl Target {
    /// Whether it can be called so.
    pub fn is_name(name: &str) -> bool {
        let usable = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (1..=40).contains(&name.len()) && name.chars().all(usable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn targets_and_keys_are_private_and_go_together() {
        let temp = tempfile::tempdir().unwrap();
        let targets = Targets::new(&temp.path().join("sync"));
        assert!(targets.all().unwrap().0.is_empty());
        let target = Target::new("mine", "one", "http://x", 3);
        targets.put(&target).unwrap();
        targets.put_key("mine", "secret").unwrap();
        fs::write(temp.path().join("sync/targets/broken.toml"), "service = [").unwrap();
        let (all, broken) = targets.all().unwrap();
        assert_eq!((all, broken.len()), (vec![target], 1));
        assert_eq!(broken[0].0, "broken");
        assert!(targets.remove("broken").unwrap());
        assert_eq!(targets.key("mine").unwrap().as_deref(), Some("secret"));
        for file in ["targets/mine.toml", "keys/mine"] {
            let found = fs::metadata(temp.path().join("sync").join(file)).unwrap();
            assert_eq!(found.mode() & 0o777, 0o600);
        }
        assert!(targets.get("../mine").unwrap().is_none());
        targets.remove_key("mine").unwrap();
        assert!(targets.key("mine").unwrap().is_none() && targets.get("mine").unwrap().is_some());
        targets.put_key("mine", "secret").unwrap();
        assert!(targets.remove("mine").unwrap() && !targets.remove("mine").unwrap());
        assert_eq!(targets.key("mine").unwrap(), None);
    }
}
