//! What a client's terminal can do: guessed from its environment, then corrected by its replies.
//!
//! A wrong "no" costs looks, a wrong "yes" costs correctness: unknown terminals get what every
//! descendant of the VT220 understands.

use super::clusters::Clusters;
use super::notification::Notifications;
use crate::input::TerminalReply;
use segno_base::screen::cell::{Color, ColorKind};

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColorDepth {
    /// The eight colours and their bright variants.
    Ansi,
    /// xterm's 256 colours.
    Palette,
    /// 24 bits.
    True,
}

/// A terminal's capabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// How many colours it shows.
    pub color: ColorDepth,
    /// Updates can be made visible all at once (DECSET 2026).
    pub synchronized_output: bool,
    /// The kitty keyboard protocol.
    pub kitty_keyboard: bool,
    /// xterm's modifyOtherKeys, the next best.
    pub modify_other_keys: bool,
    /// OSC 8.
    pub hyperlinks: bool,
    /// `SGR 4:3` and its kin, and `SGR 58`.
    pub underline_styles: bool,
    /// Erased cells take the background colour.
    pub background_erase: bool,
    /// Regions scroll (DECSTBM, SU, SD).
    pub scroll_regions: bool,
    /// How the terminal accepts notifications, if it does.
    pub notifications: Option<Notifications>,
    /// Questions are answered, or at least not printed.
    pub queries: bool,
    /// It answered a question, so that it has nothing that it did not report.
    pub answers: bool,
    /// It reports the window's focus (DECSET 1004), for diagnosis.
    pub focus_events: Option<bool>,
    /// It can join characters as Unicode says (DECSET 2027), for diagnosis.
    pub grapheme_clusters: Option<bool>,
    /// How it counts what Unicode joins.
    pub clusters: Clusters,
    /// Characters that are narrow or wide by custom, lines among them, take two columns. Programs
    /// and Segno count one.
    pub wide_ambiguous: Option<bool>,
    /// Kitty's graphics protocol.
    pub kitty_graphics: bool,
    /// Sixel pictures.
    pub sixel: bool,
    /// What XTVERSION said.
    pub version: Option<String>,
}

/// The row in which the terminal is asked how wide it draws [`WIDTH_SAMPLE`], from 1.
pub(super) const WIDTH_ROW: u16 = 2;
/// A character that is narrow or wide by custom (East Asian Ambiguous).
pub(super) const WIDTH_SAMPLE: char = '─';

impl Default for Capabilities {
    /// An unknown terminal's.
    fn default() -> Capabilities {
        Capabilities {
            color: ColorDepth::Ansi,
            synchronized_output: false,
            kitty_keyboard: false,
            modify_other_keys: false,
            hyperlinks: false,
            underline_styles: false,
            background_erase: false,
            scroll_regions: true,
            notifications: None,
            queries: true,
            answers: false,
            focus_events: None,
            grapheme_clusters: None,
            clusters: Clusters::default(),
            wide_ambiguous: None,
            kitty_graphics: false,
            sixel: false,
            version: None,
        }
    }
}

/// Terminals by the beginning of TERM or of XTVERSION's answer, lower case, which have true
/// colour, hyperlinks, and underline styles.
const MODERN: &[&str] = &[
    "xterm-kitty",
    "kitty",
    "xterm-ghostty",
    "ghostty",
    "alacritty",
    "foot",
    "wezterm",
    "contour",
    "rio",
    "iterm",
    "konsole",
    "vte",
    "mintty",
    "tmux 3",
    "vscode",
    "xterm.js",
];

/// Terminals by the beginning of XTVERSION's answer, lower case, that know kitty's placeholders,
/// and since which version.
const PLACEHOLDERS: &[(&str, (u32, u32))] = &[("kitty", (0, 28)), ("ghostty", (1, 0))];

impl Capabilities {
    /// Every capability, of a terminal that counts code points: what the emulators in the tests
    /// have.
    pub fn full() -> Capabilities {
        Capabilities {
            color: ColorDepth::True,
            synchronized_output: true,
            kitty_keyboard: true,
            modify_other_keys: true,
            hyperlinks: true,
            underline_styles: true,
            background_erase: true,
            scroll_regions: true,
            notifications: None,
            queries: true,
            answers: true,
            focus_events: Some(true),
            grapheme_clusters: None,
            clusters: Clusters::apart(),
            wide_ambiguous: None,
            kitty_graphics: false,
            sixel: false,
            version: None,
        }
    }

    /// A guess from `TERM`, `COLORTERM` and `TERM_PROGRAM`.
    pub fn from_env(
        term: &str,
        colorterm: Option<&str>,
        term_program: Option<&str>,
    ) -> Capabilities {
        let mut caps = Capabilities::default();
        let term = term.to_ascii_lowercase();
        if term.contains("256color") {
            caps.color = ColorDepth::Palette;
        }
        if term.ends_with("-direct") || matches!(colorterm, Some("truecolor" | "24bit")) {
            caps.color = ColorDepth::True;
        }
        // screen and tmux announce themselves without background colour erase.
        caps.background_erase =
            !["screen", "tmux", "dumb", "vt"].iter().any(|t| term.starts_with(t))
                && !term.is_empty();
        if term.is_empty() || term == "dumb" || term.starts_with("linux") {
            caps.queries = false;
        }
        if modern(&term) || term_program.is_some_and(|p| modern(&p.to_ascii_lowercase())) {
            caps.modern();
        }
        caps.notifications =
            Notifications::of_terminal(&term).or_else(|| Notifications::of_terminal(term_program?));
        // A remote TERM_PROGRAM of tmux says nothing of the terminal around it; TERM does.
        if term.starts_with("tmux") {
            caps.hyperlinks = true;
        }
        caps
    }

    /// Learns from a reply; true when something changed that makes the screen look different,
    /// so that it has to be painted again.
    pub fn apply_reply(&mut self, reply: &TerminalReply) -> bool {
        let looks = |caps: &Capabilities| {
            let wide = caps.wide_ambiguous == Some(true);
            let pictures = (caps.kitty_graphics, caps.placeholders(), caps.sixel);
            (caps.color, caps.hyperlinks, caps.underline_styles, wide, pictures)
        };
        let before = looks(self);
        match reply {
            TerminalReply::PrimaryDevice(attributes) => {
                self.answers = true;
                self.sixel = attributes.contains(&4);
            }
            TerminalReply::Graphics { ok } => self.kitty_graphics = *ok,
            TerminalReply::KittyKeyboard(_) => self.kitty_keyboard = true,
            // 0: not known, 4: known and never on.
            TerminalReply::ModeReport { mode: 2026, private: true, value } => {
                self.synchronized_output = matches!(value, 1..=3);
            }
            TerminalReply::ModeReport { mode: 1004, private: true, value } => {
                self.focus_events = Some(matches!(value, 1..=3));
            }
            TerminalReply::ModeReport { mode: 2027, private: true, value } => {
                self.grapheme_clusters = Some(matches!(value, 1..=3));
            }
            TerminalReply::CursorAt { row: WIDTH_ROW, col } => {
                self.wide_ambiguous = Some(*col > 2);
            }
            TerminalReply::CursorAt { row, col } => self.clusters.cursor_at(*row, *col),
            TerminalReply::Version(name) => {
                let lower = name.to_ascii_lowercase();
                if modern(&lower) {
                    self.modern();
                }
                if lower.starts_with("xterm(") {
                    self.modify_other_keys = true;
                    self.color = self.color.max(ColorDepth::Palette);
                }
                self.notifications = Notifications::of_terminal(&lower).or(self.notifications);
                self.version = Some(name.clone());
            }
            _ => {}
        }
        before != looks(self)
    }

    /// Whether kitty's pictures can be shown by placeholders, which not all know that know
    /// pictures.
    pub fn placeholders(&self) -> bool {
        let Some(version) = self.version.as_deref().map(str::to_ascii_lowercase) else {
            return false;
        };
        // `kitty(0.42.1)`, `ghostty 1.2.0`.
        let since = PLACEHOLDERS.iter().find(|(name, _)| version.starts_with(name));
        let mut numbers =
            version.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok());
        let has: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        self.kitty_graphics
            && self.color == ColorDepth::True
            && since.is_some_and(|(_, since)| has >= *since)
    }

    fn modern(&mut self) {
        self.color = ColorDepth::True;
        self.hyperlinks = true;
        self.underline_styles = true;
    }

    /// The nearest colour that this terminal shows.
    pub fn color(&self, color: Color) -> Color {
        if self.color == ColorDepth::True {
            return color;
        }
        match (self.color, color.kind()) {
            (ColorDepth::Palette, ColorKind::Rgb(r, g, b)) => Color::Indexed(palette(r, g, b)),
            (ColorDepth::Ansi, ColorKind::Rgb(r, g, b)) => Color::Indexed(ansi((r, g, b))),
            (ColorDepth::Ansi, ColorKind::Indexed(n @ 16..)) => {
                Color::Indexed(ansi(palette_rgb(n)))
            }
            _ => color,
        }
    }
}

fn modern(name: &str) -> bool {
    MODERN.iter().any(|known| name.starts_with(known))
}

/// The levels of xterm's colour cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];
/// xterm's first sixteen colours; themes change them, which only the choice suffers from.
const ANSI: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let part = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    // Weighted by how bright the eye sees each.
    3 * part(a.0, b.0) + 6 * part(a.1, b.1) + part(a.2, b.2)
}

/// The nearest of the cube's and the greys' colours, which no theme changes.
fn palette(r: u8, g: u8, b: u8) -> u8 {
    let level = |v: u8| match v {
        0..=47 => 0u8,
        48..=114 => 1,
        _ => (v - 35) / 40,
    };
    let cube = 16 + 36 * level(r) + 6 * level(g) + level(b);
    let average = ((u16::from(r) + u16::from(g) + u16::from(b)) / 3) as u8;
    let grey = 232 + average.saturating_sub(3).min(234) / 10;
    if distance(palette_rgb(grey), (r, g, b)) < distance(palette_rgb(cube), (r, g, b)) {
        grey
    } else {
        cube
    }
}

fn palette_rgb(n: u8) -> (u8, u8, u8) {
    match n {
        0..=15 => ANSI[usize::from(n)],
        16..=231 => {
            let n = usize::from(n - 16);
            (CUBE[n / 36], CUBE[n / 6 % 6], CUBE[n % 6])
        }
        232.. => {
            let v = 8 + 10 * (n - 232);
            (v, v, v)
        }
    }
}

fn ansi(rgb: (u8, u8, u8)) -> u8 {
    (0..16u8).min_by_key(|n| distance(ANSI[usize::from(*n)], rgb)).unwrap_or(7)
}
