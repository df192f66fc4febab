//! Templates of prompts: the user's files, and `[prompts]` of the project's `.segno.toml`. Nothing
//! of them is given to an agent here.

use std::collections::BTreeMap;
use std::path::Path;

use crate::project::file;
use segno_base::text::template::Template;
use segno_store::file::user_file;
use segno_store::home::Home;

/// The largest template, in bytes.
const SIZE_MAX: u64 = 1 << 20;

/// The templates of the project that a directory is in, if its user trusts its file as it is now.
/// An error says why they are not used; a project that the user refused to trust has none.
pub fn trusted(home: &Home, directory: &Path) -> Result<BTreeMap<String, String>, String> {
    for root in directory.ancestors() {
        let Some(file) = file::read(root)? else { continue };
        if file.shape.prompts.is_empty() {
            return Ok(BTreeMap::new());
        }
        let trusted = file.is_trusted(home, "[prompts] are not used")?;
        return Ok(if trusted { file.shape.prompts } else { BTreeMap::new() });
    }
    Ok(BTreeMap::new())
}

/// All templates for a directory, and why some are missing: the project's, then those of the user
/// that have other names.
pub fn all(home: &Home, directory: &Path) -> (Vec<Template>, Vec<String>) {
    let mut notes = Vec::new();
    let project = trusted(home, directory).unwrap_or_else(|why| {
        notes.push(why);
        BTreeMap::new()
    });
    let of_project = |(name, text)| Template { name, text, of_project: true };
    let mut all: Vec<Template> = project.into_iter().map(of_project).collect();
    for file in home.prompt_files() {
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_string();
        let taken = all.iter().any(|template| template.name == name);
        if name.starts_with('.') || taken {
            continue;
        }
        match user_file::read(&file, SIZE_MAX) {
            Ok(Some(text)) => all.push(Template { name, text, of_project: false }),
            Ok(None) => {}
            Err(error) => notes.push(error),
        }
    }
    (all, notes)
}
