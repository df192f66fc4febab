//! The settings of the archive: what is kept of conversations, and for how long.

use std::path::PathBuf;

use crate::reader::{Section, set};
use segno_base::text::diagnostic::Reports;

/// The settings of `[archive]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Archive {
    /// Whether conversations are archived by themselves.
    pub enabled: bool,
    /// Pane types whose conversations are left out.
    pub leave_out_types: Vec<String>,
    /// Absolute, or below the user's home with `~/`.
    pub leave_out_directories: Vec<PathBuf>,
    /// `None`: forever.
    pub keep_days: Option<u32>,
    /// In bytes; `None`: no limit.
    pub size_max: Option<u64>,
}

impl Archive {
    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        set(&mut self.enabled, section.boolean(reports, "enabled"));
        let texts = |items: Vec<toml::Spanned<String>>| {
            items.into_iter().map(toml::Spanned::into_inner).collect::<Vec<_>>()
        };
        let types = section.strings(reports, "leave_out_types");
        set(&mut self.leave_out_types, types.map(texts));
        if let Some(directories) = section.strings(reports, "leave_out_directories") {
            self.leave_out_directories.clear();
            for directory in directories {
                let text = directory.get_ref();
                if text.starts_with('/') || text.starts_with("~/") {
                    self.leave_out_directories.push(PathBuf::from(text));
                } else {
                    let message = format!(
                        "{text:?} is no full path; write one as in \"/home/me/secret\" or \
                         \"~/secret\""
                    );
                    reports.error(directory.span(), message);
                }
            }
        }
        let limit = |n: i64| u64::try_from(n).ok().filter(|n| *n > 0);
        if let Some(days) = section.integer(reports, "keep_days", 0..=36_500) {
            self.keep_days = limit(days).and_then(|days| u32::try_from(days).ok());
        }
        if let Some(size) = section.integer(reports, "size_mb", 0..=10_000_000) {
            self.size_max = limit(size).map(|size| size << 20);
        }
    }
}
