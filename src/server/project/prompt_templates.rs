//! A project's templates of prompts: `[prompts]` of `.segno.toml`, for the command line, which fills
//! them in. Nothing of it is given to an agent here.

use std::collections::BTreeMap;
use std::path::Path;

use super::project_file;
use segno_store::home::Home;
use segno_store::trust::Trust;

/// The templates of the project that a directory is in, if its user trusts its file as it is now. An
/// error says why they are not used; a project that the user refused to trust has none.
pub fn trusted(home: &Home, directory: &Path) -> Result<BTreeMap<String, String>, String> {
    for root in directory.ancestors() {
        let Some(file) = project_file::read(root)? else { continue };
        if file.shape.prompts.is_empty() {
            return Ok(BTreeMap::new());
        }
        return match Trust::load(&home.trust_file()).0.decision(&file.path, &file.hash) {
            Some(true) => Ok(file.shape.prompts),
            Some(false) => Ok(BTreeMap::new()),
            None => Err(format!(
                "{}: its [prompts] are not used until you trust it; read it, then `segno project \
                 trust {}`",
                file.path.display(),
                root.display()
            )),
        };
    }
    Ok(BTreeMap::new())
}
