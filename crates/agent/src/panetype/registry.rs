//! Every pane type that can be used: the embedded ones, and the user's over them.
//!
//! Each file stands for itself: one that cannot be used is left out with its reason kept, and
//! where it was meant to replace an embedded type, that one stays.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::panetype::check::{Checked, check};
use crate::panetype::embedded::embedded_asset;
use crate::panetype::types::{PaneType, Source};
use segno_base::text::diagnostic::{Diagnostic, Severity};
use segno_base::text::similar::hint;

/// The largest file that is read as a pane type, or as a file of its tracker.
const MAX_TYPE_BYTES: u64 = 256 * 1024;
const MAX_ASSET_BYTES: u64 = 8 * 1024 * 1024;

/// Where the names of types are listed.
const LISTED: &str = "see `segno types`";

/// There is no type of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no pane type {name:?}; {hint}")]
pub struct UnknownType {
    name: String,
    hint: String,
}

impl UnknownType {
    pub fn new(name: &str) -> UnknownType {
        UnknownType { name: name.to_owned(), hint: LISTED.to_owned() }
    }
}

/// The pane types by name.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    types: BTreeMap<String, Arc<PaneType>>,
    diagnostics: Vec<Diagnostic>,
}

impl Registry {
    /// The embedded types (file name and text) with those of `user_dir` over them.
    pub fn load(embedded: &[(String, String)], user_dir: &Path) -> Registry {
        let mut registry = Registry::default();
        for (file, text) in embedded {
            registry.add(check(text, file), Source::Embedded);
        }
        let files = toml_files(user_dir).unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                registry
                    .note(user_dir, format!("cannot be listed: {error}; check who may read it"));
            }
            Vec::new()
        });
        for path in files {
            match read(&path) {
                Ok(text) => {
                    let checked = check(&text, &path.display().to_string());
                    registry.add(checked, Source::User(path));
                }
                Err(why) => registry.note(&path, why),
            }
        }
        registry
    }

    pub fn get(&self, name: &str) -> Option<&Arc<PaneType>> {
        self.types.get(name)
    }

    /// A type that somebody has named.
    pub fn find(&self, name: &str) -> Result<&Arc<PaneType>, UnknownType> {
        self.get(name).ok_or_else(|| {
            let names = self.types.keys().map(String::as_str);
            UnknownType { name: name.to_owned(), hint: hint(name, names, LISTED) }
        })
    }

    /// Every type, by kind and then by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<PaneType>> {
        let mut types: Vec<_> = self.types.values().collect();
        types.sort_by_key(|ty| ty.kind);
        types.into_iter()
    }

    /// What is wrong with the files, those that are used included.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    fn add(&mut self, checked: Checked, source: Source) {
        self.diagnostics.extend(checked.diagnostics);
        let Some(mut ty) = checked.pane_type else { return };
        let before = self.types.get(&ty.name).map(|before| before.source.clone());
        if let (Some(Source::User(first)), Source::User(path)) = (before, &source) {
            let message = format!(
                "{:?} is already defined in {}; rename or remove one of them",
                ty.name,
                first.display()
            );
            self.note(path, message);
            return;
        }
        ty.source = source;
        self.diagnostics.extend(missing_assets(&ty));
        self.types.insert(ty.name.clone(), Arc::new(ty));
    }

    fn note(&mut self, path: &Path, message: String) {
        let file = path.display().to_string();
        self.diagnostics.push(Diagnostic::of_file(&file, Severity::Error, message));
    }
}

/// A file of a type's tracker: for a user's type from `<name>/` beside its TOML, else the
/// embedded one, so that a type can be changed without copying its tracker.
pub fn asset(ty: &PaneType, file: &str) -> io::Result<Cow<'static, [u8]>> {
    // Checked types name files below only; whoever asks with another name gets no further.
    let plain = crate::panetype::embedded::stays_below(file);
    if let Source::User(toml) = &ty.source
        && plain
    {
        let path = toml.with_file_name(&ty.name).join(file);
        match fs::metadata(&path) {
            Ok(meta) if meta.is_file() && meta.len() <= MAX_ASSET_BYTES => {
                return fs::read(&path).map(Cow::Owned);
            }
            Ok(_) => {
                let why = format!("{}: not a file of at most 8 MB", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) => {}
        }
    }
    embedded_asset(&ty.name, file).ok_or_else(|| {
        let place = match &ty.source {
            Source::User(toml) => toml.with_file_name(&ty.name).join(file).display().to_string(),
            Source::Embedded => format!("assets/{}/{file}", ty.name),
        };
        io::Error::new(io::ErrorKind::NotFound, format!("{place}: no such file"))
    })
}

/// The diagnostics for the files of a user's type's tracker that cannot be read.
pub fn missing_assets(ty: &PaneType) -> Vec<Diagnostic> {
    let Source::User(path) = &ty.source else { return Vec::new() };
    let names = ty.tracker.iter().flat_map(|tracker| &tracker.assets);
    let missing = names.filter_map(|name| Some((name, asset(ty, name).err()?)));
    let diagnostics = missing.map(|(name, why)| {
        let message = format!("the tracker runs without {name}: {why}; put it there");
        Diagnostic::of_file(&path.display().to_string(), Severity::Warning, message)
    });
    diagnostics.collect()
}

/// The `*.toml` in a directory by name, without hidden ones: editors keep their copies there.
fn toml_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The text of a file that may be anything; a pipe, for example, must not be waited for.
fn read(path: &Path) -> Result<String, String> {
    let meta = fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if !meta.is_file() {
        return Err("is not a file; pane types are TOML files".to_string());
    }
    if meta.len() > MAX_TYPE_BYTES {
        return Err("is larger than 256 KB; that is no pane type".to_string());
    }
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|_| "is not UTF-8 text; save it as UTF-8".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, title: &str) -> String {
        format!(
            "schema = 1\nname = {name:?}\ntitle = {title:?}\nkind = \"tool\"\n\
             [command]\nprogram = \"demo\"\n"
        )
    }

    fn load(dir: &Path) -> Registry {
        let embedded = ["demo", "other"].map(|n| (format!("{n}.toml"), text(n, "embedded")));
        Registry::load(&embedded, dir)
    }

    fn title<'r>(registry: &'r Registry, name: &str) -> &'r str {
        &registry.get(name).unwrap().title
    }

    #[test]
    fn the_users_types_stand_over_the_embedded_ones() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.toml"), text("demo", "mine")).unwrap();
        fs::write(dir.path().join("b.toml"), text("new", "mine")).unwrap();
        let registry = load(dir.path());
        assert_eq!(registry.diagnostics(), []);
        let titles = ["demo", "new", "other"].map(|name| title(&registry, name));
        assert_eq!(titles, ["mine", "mine", "embedded"]);
        let source = Source::User(dir.path().join("a.toml"));
        assert_eq!(registry.get("demo").unwrap().source, source);
        assert!(registry.get("none").is_none());
        assert_eq!(registry.iter().count(), 3);
    }

    #[test]
    fn a_bad_file_costs_nothing_but_itself() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("a.toml"), text("demo", "mine").replace("schema = 1", "schema = ")).unwrap();
        fs::write(path("b.toml"), text("new", "first")).unwrap();
        fs::write(path("c.toml"), text("new", "second")).unwrap();
        fs::write(path("d.toml"), b"\xff").unwrap();
        fs::write(path("e.toml"), vec![b'#'; 300_000]).unwrap();
        fs::create_dir(path("f.toml")).unwrap();
        nix::unistd::mkfifo(&path("g.toml"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        std::os::unix::fs::symlink("/nonexistent", path("h.toml")).unwrap();
        fs::write(path(".#i.toml"), "x").unwrap();
        fs::write(path("j.toml~"), "x").unwrap();
        let registry = load(dir.path());
        assert_eq!(title(&registry, "demo"), "embedded", "a broken override falls back");
        assert_eq!(title(&registry, "new"), "first");
        let lines: Vec<_> = registry.diagnostics().iter().map(ToString::to_string).collect();
        let wanted = [
            "a.toml:1:",
            "c.toml: error: \"new\" is already defined in",
            "d.toml: error: is not UTF-8",
            "e.toml: error: is larger",
            "f.toml: error: is not a file",
            "g.toml: error: is not a file",
            "h.toml: error: cannot be read",
        ];
        assert_eq!(lines.len(), wanted.len(), "{lines:#?}");
        for (line, wanted) in lines.iter().zip(wanted) {
            assert!(line.contains(wanted), "{line}");
        }
    }

    #[test]
    fn no_directory_is_no_problem() {
        let registry = load(Path::new("/nonexistent/panes"));
        assert_eq!(registry.diagnostics(), []);
        assert_eq!(registry.iter().count(), 2);
    }

    #[test]
    fn a_users_tracker_stands_beside_its_type() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.toml"), text("demo", "mine")).unwrap();
        let ty = load(dir.path()).get("demo").unwrap().clone();
        let missing = asset(&ty, "t.js").unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        assert_eq!(load(dir.path()).diagnostics(), []);
        let tracked = text("demo", "mine") + "[tracker]\nassets = [\"t.js\"]\n";
        fs::write(dir.path().join("a.toml"), tracked).unwrap();
        let registry = load(dir.path());
        let lines: Vec<_> = registry.diagnostics().iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("a.toml: warning: the tracker runs without t.js: "), "{lines:?}");
        assert!(registry.get("demo").is_some_and(|ty| matches!(ty.source, Source::User(_))));
        fs::create_dir(dir.path().join("demo")).unwrap();
        fs::write(dir.path().join("demo/t.js"), "js").unwrap();
        assert_eq!(&*asset(&ty, "t.js").unwrap(), b"js");
        assert_eq!(load(dir.path()).diagnostics(), []);
        assert!(asset(&ty, "../a.toml").is_err(), "never outside");
    }
}
