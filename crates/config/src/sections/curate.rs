//! What becomes of what conversations taught.

use std::path::PathBuf;

use crate::reader::{Section, set};
use segno_base::text::diagnostic::Reports;

/// The settings of `[curate]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Curate {
    /// Whether it happens by itself.
    pub enabled: bool,
    /// The pane type whose program does it; empty: the conversation's own.
    pub type_name: String,
    /// How long nothing was said in a conversation that is at rest, in milliseconds.
    pub after: u64,
    /// From the begin of a run to that of the next, in milliseconds.
    pub cooldown: u64,
    /// How long a run may take, in milliseconds.
    pub time_limit: u64,
    /// Absolute, below the user's home with `~/`, or below the project; `None`: Segno's own.
    pub notes: Option<PathBuf>,
    /// The file with the prompt: absolute, below the user's home with `~/`, or below Segno's
    /// directory; `None`: the prompt that comes with Segno.
    pub prompt: Option<PathBuf>,
}

const MINUTE: u64 = 60_000;

impl Curate {
    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        set(&mut self.enabled, section.boolean(reports, "enabled"));
        let type_name = section.string(reports, "type");
        set(&mut self.type_name, type_name.map(toml::Spanned::into_inner));
        let times = [
            ("after_min", 0..=100_000, &mut self.after),
            ("cooldown_min", 0..=100_000, &mut self.cooldown),
            ("time_limit_min", 1..=1440, &mut self.time_limit),
        ];
        for (name, range, time) in times {
            let minutes = section.integer(reports, name, range);
            set(time, minutes.and_then(|n| u64::try_from(n).ok()).map(|n| n * MINUTE));
        }
        for (name, place) in [("notes", &mut self.notes), ("prompt", &mut self.prompt)] {
            let Some(text) = section.string(reports, name) else { continue };
            match text.get_ref().as_str() {
                "" => *place = None,
                path if path.contains('\0')
                    || PathBuf::from(path).is_relative() && leaves(path) =>
                {
                    let message = format!("{path:?} leads out of its directory; write a full path");
                    reports.error(text.span(), message);
                }
                path => *place = Some(PathBuf::from(path)),
            }
        }
    }
}

fn leaves(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use crate::Config;

    #[test]
    fn it_is_off_and_a_path_out_of_its_directory_is_refused() {
        assert!(!Config::load(None, "f").0.curate.enabled);
        let text = "[curate]\nnotes = \"../else\"\nprompt = \"own.md\"\nafter_min = 2\n";
        let (config, diagnostics) = Config::load(Some(text), "f");
        assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
        assert_eq!(config.curate.notes, None);
        assert_eq!(config.curate.prompt, Some("own.md".into()));
        assert_eq!(config.curate.after, 120_000);
    }
}
