//! How Segno looks: theme, lines, bars, and what the status line says.
//!
//! Plain data; the view draws by it and the layout sizes panes by it.

use toml::Spanned;

use crate::reader::{Section, set};
use segno_base::text::diagnostic::{Reports, closest};

/// The settings of `[looks]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looks {
    /// A theme's name, or [`AUTO`].
    pub theme: String,
    /// The theme on a light terminal, when it is automatic.
    pub light: String,
    pub dark: String,
    pub borders: Borders,
    pub tab_bar: Bar,
    pub status_line: bool,
    pub pane_titles: PaneTitles,
    /// Which of several terminals decides how large a tab is.
    pub tab_size: TabSize,
    /// Whether clients begin with the sidebar, until somebody toggles it.
    pub sidebar: bool,
    /// Its columns, with its line.
    pub sidebar_width: u16,
    /// For screen readers: words in place of signs, and no drawn lines.
    pub plain: bool,
    /// What stands before Segno's name; empty: nothing.
    pub sign: String,
    pub status: StatusLine,
}

/// The characters of the sign.
const SIGN_MAX: usize = 4;

/// The theme that follows the terminal.
pub const AUTO: &str = "auto";

/// The lines between panes and around dialogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Borders {
    /// None but the one that separates panes side by side, and a ground around dialogs.
    Off,
    Single,
    Rounded,
    Heavy,
}

/// Which of the terminals that look at a tab decides how large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TabSize {
    /// The one in which somebody typed last.
    Last,
    Smallest,
    Largest,
}

/// Where a bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    Top,
    Bottom,
    Off,
}

/// Where the names of panes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaneTitles {
    /// Above every pane of a tab that has several.
    Auto,
    Off,
    /// Also above the only one.
    Always,
}

/// The parts of the status line, each in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusLine {
    pub left: Vec<Segment>,
    pub middle: Vec<Segment>,
    pub right: Vec<Segment>,
}

/// A part of the status line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub shows: Shows,
    pub max: Option<u16>,
}

/// What a part of the status line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// What changes the meaning of keys; without such, Segno's name.
    Mode,
    Brand,
    Tab,
    /// The focused pane's name.
    Name,
    Type,
    /// How many messages there are.
    Notes,
    /// How many notifications nobody has seen.
    Notifications,
    State,
    /// Since when it is in that state.
    Since,
    /// What the agent waits for, or what went wrong.
    Detail,
    /// The conversation's title.
    Title,
    /// The conversation's tokens, cost, and how full its context is.
    Usage,
    /// What all conversations have cost today.
    Today,
    Session,
    Path,
    /// How many clients are attached, when it is not only this one.
    Clients,
    /// The name of the machine.
    Host,
    /// The git branch of the focused pane's directory.
    Branch,
    Time,
    Help,
}

impl Shows {
    pub const ALL: &[(&str, Shows)] = &[
        ("mode", Shows::Mode),
        ("brand", Shows::Brand),
        ("tab", Shows::Tab),
        ("name", Shows::Name),
        ("type", Shows::Type),
        ("notes", Shows::Notes),
        ("notifications", Shows::Notifications),
        ("state", Shows::State),
        ("since", Shows::Since),
        ("detail", Shows::Detail),
        ("title", Shows::Title),
        ("usage", Shows::Usage),
        ("today", Shows::Today),
        ("session", Shows::Session),
        ("path", Shows::Path),
        ("clients", Shows::Clients),
        ("host", Shows::Host),
        ("branch", Shows::Branch),
        ("time", Shows::Time),
        ("help", Shows::Help),
    ];
}

impl Default for StatusLine {
    fn default() -> StatusLine {
        let segment = |shows, max| Segment { shows, max };
        StatusLine {
            left: vec![segment(Shows::Mode, None)],
            middle: vec![
                segment(Shows::Name, Some(24)),
                segment(Shows::Notes, None),
                segment(Shows::Notifications, None),
                segment(Shows::State, None),
                segment(Shows::Since, None),
                segment(Shows::Detail, Some(60)),
                segment(Shows::Title, None),
                segment(Shows::Usage, None),
                segment(Shows::Today, None),
            ],
            right: vec![segment(Shows::Path, Some(32)), segment(Shows::Help, None)],
        }
    }
}

impl Default for Looks {
    fn default() -> Looks {
        Looks {
            theme: "default".to_string(),
            light: "paper".to_string(),
            dark: "night".to_string(),
            borders: Borders::Rounded,
            tab_bar: Bar::Top,
            status_line: true,
            pane_titles: PaneTitles::Auto,
            tab_size: TabSize::Last,
            sidebar: false,
            sidebar_width: 28,
            plain: false,
            sign: "§".to_string(),
            status: StatusLine::default(),
        }
    }
}

impl Looks {
    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        let mut name = |key| section.filled(reports, key).map(Spanned::into_inner);
        set(&mut self.theme, name("theme"));
        set(&mut self.light, name("light"));
        set(&mut self.dark, name("dark"));
        let borders = [
            ("off", Borders::Off),
            ("single", Borders::Single),
            ("rounded", Borders::Rounded),
            ("heavy", Borders::Heavy),
        ];
        set(&mut self.borders, section.choice(reports, "borders", &borders));
        let places = [("top", Bar::Top), ("bottom", Bar::Bottom), ("off", Bar::Off)];
        set(&mut self.tab_bar, section.choice(reports, "tab_bar", &places));
        set(&mut self.status_line, section.boolean(reports, "status_line"));
        let titles =
            [("auto", PaneTitles::Auto), ("off", PaneTitles::Off), ("always", PaneTitles::Always)];
        set(&mut self.pane_titles, section.choice(reports, "pane_titles", &titles));
        let sizes = [
            ("last", TabSize::Last),
            ("smallest", TabSize::Smallest),
            ("largest", TabSize::Largest),
        ];
        set(&mut self.tab_size, section.choice(reports, "tab_size", &sizes));
        set(&mut self.sidebar, section.boolean(reports, "sidebar"));
        let width = section.integer(reports, "sidebar_width", 14..=80);
        set(&mut self.sidebar_width, width.and_then(|n| n.try_into().ok()));
        set(&mut self.plain, section.boolean(reports, "plain"));
        if let Some(sign) = section.string(reports, "sign") {
            match sign.get_ref().chars().count() {
                0..=SIGN_MAX if !sign.get_ref().chars().any(char::is_control) => {
                    self.sign = sign.into_inner();
                }
                _ => reports
                    .error(sign.span(), format!("`looks.sign` has at most {SIGN_MAX} characters")),
            }
        }
        if let Some(mut status) = section.section(reports, "status") {
            let mut part = |key| segments(&mut status, reports, key);
            set(&mut self.status.left, part("left"));
            set(&mut self.status.middle, part("middle"));
            set(&mut self.status.right, part("right"));
            status.finish(reports);
        }
    }
}

fn segments(
    section: &mut Section<'_>,
    reports: &mut Reports<'_>,
    key: &'static str,
) -> Option<Vec<Segment>> {
    let texts = section.strings(reports, key)?;
    let mut segments = Vec::new();
    for text in texts {
        match segment(text.get_ref()) {
            Ok(segment) => segments.push(segment),
            Err(message) => reports.error(text.span(), message),
        }
    }
    Some(segments)
}

fn segment(text: &str) -> Result<Segment, String> {
    let (name, max) = match text.split_once(':') {
        Some((name, max)) => (name, Some(max)),
        None => (text, None),
    };
    let short = || text.chars().take(40).collect::<String>();
    let max = match max.map(str::parse::<u16>) {
        None => None,
        Some(Ok(max @ 1..=500)) => Some(max),
        Some(_) => return Err(format!("{:?} limits nothing; write \"{name}:20\"", short())),
    };
    let names = || Shows::ALL.iter().map(|(name, _)| *name);
    match Shows::ALL.iter().find(|(known, _)| *known == name) {
        Some((_, shows)) => Ok(Segment { shows: *shows, max }),
        None => Err(match closest(name, names()) {
            Some(meant) => format!("{:?} is no part of it; did you mean {meant:?}?", short()),
            None => {
                let known: Vec<_> = names().collect();
                format!("{:?} is no part of it; there are {}", short(), known.join(", "))
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_a_name_and_a_limit() {
        let title = Segment { shows: Shows::Title, max: Some(40) };
        assert_eq!(segment("title:40"), Ok(title));
        assert_eq!(segment("help"), Ok(Segment { shows: Shows::Help, max: None }));
        for bad in ["title:0", "title:", "title:x", "title:999", ""] {
            assert!(segment(bad).is_err(), "{bad}");
        }
        let error = segment("titel").unwrap_err();
        assert_eq!(error, "\"titel\" is no part of it; did you mean \"title\"?");
    }
}
