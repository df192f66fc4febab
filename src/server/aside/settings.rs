//! The files of the settings, read: they may be anything, and on any disk.

use std::path::{Path, PathBuf};

use segno_store::file::user_file;
use segno_store::home::Home;

/// The largest file of settings that is read, in bytes, and how many themes.
const FILE_MAX: u64 = 1 << 20;
const THEMES_MAX: usize = 500;

/// The texts of the settings' files; what hinders reading one otherwise.
pub(in super::super) struct Texts {
    pub config: Result<Option<String>, String>,
    pub keys: Result<Option<String>, String>,
    /// With their names; those that cannot be read are left out.
    pub themes: Vec<(String, String)>,
}

impl Texts {
    /// Reads them. They may be anything, and on any disk.
    pub fn read(home: &Home) -> Texts {
        let text = |path: &Path| user_file::read(path, FILE_MAX);
        let theme = |path: PathBuf| Some((path.display().to_string(), text(&path).ok()??));
        Texts {
            config: text(&home.config_file()),
            keys: text(&home.keys_file()),
            themes: home.theme_files().into_iter().take(THEMES_MAX).filter_map(theme).collect(),
        }
    }
}
