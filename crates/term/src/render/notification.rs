//! Notifications that a client's terminal shows on its user's desktop, in the way it knows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use segno_base::text::plain_text::is_plain;

/// How a terminal accepts notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notifications {
    /// iTerm2's: one text.
    Osc9,
    /// rxvt's: title and text.
    Osc777,
    /// kitty's: a later one of the same id takes the place of the one before.
    Osc99,
}

/// Terminals by the beginning of TERM, TERM_PROGRAM or XTVERSION's answer, lower case.
const KNOWN: &[(&str, Notifications)] = &[
    ("xterm-kitty", Notifications::Osc99),
    ("kitty", Notifications::Osc99),
    ("foot", Notifications::Osc99),
    ("xterm-ghostty", Notifications::Osc777),
    ("ghostty", Notifications::Osc777),
    ("wezterm", Notifications::Osc777),
    ("contour", Notifications::Osc777),
    ("rxvt-unicode", Notifications::Osc777),
    ("iterm", Notifications::Osc9),
];

impl Notifications {
    /// What a terminal of this name accepts, if any is known.
    pub fn of_terminal(name: &str) -> Option<Notifications> {
        let name = name.to_ascii_lowercase();
        KNOWN.iter().find(|(known, _)| name.starts_with(known)).map(|(_, how)| *how)
    }
}

/// Shows a notification. `id`: letters, digits and `-` only.
pub fn notification(how: Notifications, id: &str, title: &str, body: &str, out: &mut Vec<u8>) {
    let clean = |text: &str| text.chars().filter(|c| is_plain(*c)).collect::<String>();
    let (title, body) = (clean(title), clean(body));
    let sequence = match how {
        // Some take a number and a semicolon at the beginning for a command.
        Notifications::Osc9 => format!("\x1b]9;Segno: {title}: {body}\x1b\\"),
        Notifications::Osc777 => {
            format!("\x1b]777;notify;{};{body}\x1b\\", title.replace(';', ","))
        }
        Notifications::Osc99 => {
            let (title, body) = (STANDARD.encode(title), STANDARD.encode(body));
            format!(
                "\x1b]99;i=segno-{id}:d=0:e=1;{title}\x1b\\\x1b]99;i=segno-{id}:d=1:e=1:p=body;{body}\x1b\\"
            )
        }
    };
    out.extend_from_slice(sequence.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_terminal_gets_what_it_knows() {
        let show = |how| {
            let mut out = Vec::new();
            notification(how, "p1", "a;b\x1b", "c\x07;d", &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(show(Notifications::Osc9), "\x1b]9;Segno: a;b: c;d\x1b\\");
        assert_eq!(show(Notifications::Osc777), "\x1b]777;notify;a,b;c;d\x1b\\");
        let kitty =
            "\x1b]99;i=segno-p1:d=0:e=1;YTti\x1b\\\x1b]99;i=segno-p1:d=1:e=1:p=body;Yztk\x1b\\";
        assert_eq!(show(Notifications::Osc99), kitty);
        assert_eq!(Notifications::of_terminal("iTerm2 3.5"), Some(Notifications::Osc9));
        assert_eq!(Notifications::of_terminal("xterm-256color"), None);
    }
}
