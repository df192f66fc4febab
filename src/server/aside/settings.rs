//! The files of the settings, read: they may be anything, and on any disk.

use std::path::{Path, PathBuf};

use segno_config::editable::{self, Setting};
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

/// Changes a setting in the user's file, if one is to be changed. All settings as they are then,
/// and why that was not done.
pub(in super::super) fn change_settings(
    home: &Home,
    change: Option<(String, Option<String>)>,
) -> (Vec<Setting>, Option<String>) {
    let path = home.config_file();
    let text = match user_file::read(&path, FILE_MAX) {
        Ok(text) => text.unwrap_or_default(),
        Err(error) => return (Vec::new(), Some(error)),
    };
    let Some((key, value)) = change else { return (editable::settings(&text), None) };
    let changed = editable::change(&text, &key, value.as_deref()).map_err(|e| e.to_string());
    let written = changed.and_then(|changed| {
        user_file::replace(&path, &changed)?;
        Ok(changed)
    });
    match written {
        Ok(changed) => (editable::settings(&changed), None),
        Err(error) => (editable::settings(&text), Some(error)),
    }
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
