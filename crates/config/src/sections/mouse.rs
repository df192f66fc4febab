//! What the mouse does.

use crate::reader::{Section, set};
use segno_base::text::diagnostic::Reports;

/// The settings of `[mouse]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// Off leaves the mouse to the terminal: it selects as without Segno.
    pub enabled: bool,
    /// Lines per notch of the wheel.
    pub wheel_lines: u16,
    /// Whether the pane under the pointer gets the focus without a click.
    pub focus_follows: bool,
    pub drag_borders: bool,
}

impl Default for Mouse {
    fn default() -> Mouse {
        Mouse { enabled: true, wheel_lines: 3, focus_follows: false, drag_borders: true }
    }
}

impl Mouse {
    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        set(&mut self.enabled, section.boolean(reports, "enabled"));
        let lines = section.integer(reports, "wheel_lines", 1..=50);
        set(&mut self.wheel_lines, lines.and_then(|n| n.try_into().ok()));
        set(&mut self.focus_follows, section.boolean(reports, "focus_follows"));
        set(&mut self.drag_borders, section.boolean(reports, "drag_borders"));
    }
}
