//! The colours and attributes of everything that Segno itself draws.
//!
//! Must not be consulted for what a pane's program draws.

pub mod file;
mod themes;

use segno_base::screen::cell::{Attrs, Color, ColorKind, Style};
use segno_base::tint::Tint;

pub use themes::{EXAMPLE, Themes, Viewer, scheme_of, scheme_of_env};

/// How each kind of thing looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    pub text: Style,
    /// What may be overlooked.
    pub quiet: Style,
    /// What has the focus, and headings.
    pub accent: Style,
    /// Lines between panes.
    pub line: Style,
    /// Lines around the focused pane.
    pub line_focused: Style,
    /// The ground of the tab bar and the status line.
    pub bar: Style,
    /// The ground of dialogs.
    pub panel: Style,
    /// The active tab.
    pub tab_active: Style,
    /// The row under the cursor in a list; in Segno's own themes as the active tab.
    pub selected: Style,
    /// A mode that changes what keys do.
    pub badge: Style,
    /// A message to this client.
    pub message: Style,
    /// An agent that waits for the user, and warnings.
    pub attention: Style,
    pub working: Style,
    /// Finished, and not yet looked at.
    pub done: Style,
    pub error: Style,
    pub retrying: Style,
}

const fn plain(color: Color) -> Style {
    Style::new(color, Color::Default, Attrs::NONE)
}

/// Reversing puts the terminal's own background on the colour: readable on dark and on light.
const fn reversed(color: Color) -> Style {
    Style::new(color, Color::Default, Attrs(Attrs::BOLD.0 | Attrs::REVERSE.0))
}

impl Theme {
    /// The terminal's own sixteen colours and its own background, so that it fits any palette,
    /// dark or light.
    pub const DEFAULT: Theme = Theme {
        text: plain(Color::Default),
        quiet: Style::new(Color::Default, Color::Default, Attrs::DIM),
        accent: Style::new(Color::Indexed(6), Color::Default, Attrs::BOLD),
        line: Style::new(Color::Default, Color::Default, Attrs::DIM),
        line_focused: plain(Color::Indexed(6)),
        bar: plain(Color::Default),
        panel: plain(Color::Default),
        tab_active: reversed(Color::Indexed(6)),
        selected: reversed(Color::Indexed(6)),
        badge: reversed(Color::Indexed(3)),
        message: plain(Color::Indexed(3)),
        attention: Style::new(Color::Indexed(3), Color::Default, Attrs::BOLD),
        working: plain(Color::Indexed(4)),
        done: Style::new(Color::Indexed(2), Color::Default, Attrs::BOLD),
        error: Style::new(Color::Indexed(1), Color::Default, Attrs::BOLD),
        retrying: plain(Color::Indexed(5)),
    };

    /// The same where the terminal is known to be light and has more than sixteen colours, of which
    /// cyan and yellow cannot be read on white.
    pub const LIGHT: Theme = Theme {
        accent: Style::new(Color::Rgb(0x17, 0x70, 0x6e), Color::Default, Attrs::BOLD),
        line_focused: plain(Color::Rgb(0x17, 0x70, 0x6e)),
        tab_active: reversed(Color::Rgb(0x17, 0x70, 0x6e)),
        selected: reversed(Color::Rgb(0x17, 0x70, 0x6e)),
        badge: reversed(Color::Rgb(0x85, 0x55, 0x00)),
        message: plain(Color::Rgb(0x85, 0x55, 0x00)),
        attention: Style::new(Color::Rgb(0x85, 0x55, 0x00), Color::Default, Attrs::BOLD),
        working: plain(Color::Rgb(0x2f, 0x5f, 0xa8)),
        done: Style::new(Color::Rgb(0x35, 0x70, 0x1f), Color::Default, Attrs::BOLD),
        error: Style::new(Color::Rgb(0xb3, 0x26, 0x1e), Color::Default, Attrs::BOLD),
        retrying: plain(Color::Rgb(0x7a, 0x4f, 0xa3)),
        ..Theme::DEFAULT
    };
}

impl Theme {
    /// Whether it has colours that a terminal with sixteen of them cannot show.
    fn has_shades(&self) -> bool {
        let styles = [
            self.text,
            self.quiet,
            self.accent,
            self.line,
            self.line_focused,
            self.bar,
            self.panel,
            self.tab_active,
            self.selected,
            self.badge,
            self.message,
            self.attention,
            self.working,
            self.done,
            self.error,
            self.retrying,
        ];
        let shade = |c: Color| matches!(c.kind(), ColorKind::Rgb(..) | ColorKind::Indexed(16..));
        styles.iter().any(|style| shade(style.fg) || shade(style.bg))
    }
}

impl Theme {
    /// The colour that this theme has for a pane's.
    pub fn tint(&self, tint: Tint) -> Color {
        match tint {
            Tint::Red => self.error.fg,
            Tint::Yellow => self.attention.fg,
            Tint::Green => self.done.fg,
            Tint::Cyan => self.accent.fg,
            Tint::Blue => self.working.fg,
            Tint::Violet => self.retrying.fg,
        }
    }
}

impl Default for Theme {
    fn default() -> Theme {
        Theme::DEFAULT
    }
}
