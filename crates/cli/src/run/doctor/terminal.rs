//! What `doctor` says of a terminal: for each thing that it lacks, what is missing, what Segno does
//! instead, and what to change. Pure.

use crate::show::doctor::{Check, Verdict};
use segno_wire::control::client::TerminalInfo;

/// Terminals that are known to leave OSC 52 alone, by the beginning of their name, lower case.
const NO_CLIPBOARD: &[&str] = &["vte", "apple_terminal", "gnome-terminal"];

/// How much is known of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It is attached and was asked.
    Asked,
    /// Only its environment is known.
    Environment,
}

/// What there is to say; `what` begins each line.
pub fn checks(what: &str, terminal: &TerminalInfo, known: Known) -> Vec<Check> {
    let name = match &terminal.program {
        Some(program) => format!("{} ({program})", terminal.term),
        None => terminal.term.clone(),
    };
    if terminal.term == "dumb" {
        return vec![Check {
            what: what.into(),
            verdict: Verdict::Bad,
            found: "TERM=dumb cannot show panes".into(),
            todo: Some("attach from another terminal; all other commands work here".into()),
        }];
    }
    let lacks = lacks(terminal, known);
    let has = has(terminal);
    let has = if has.is_empty() { "nothing special".to_string() } else { has.join(", ") };
    let mut all = vec![match terminal.term.as_str() {
        "" => Check {
            what: what.into(),
            verdict: Verdict::Warn,
            found: "TERM is not set".into(),
            todo: Some("set TERM to what your terminal is".into()),
        },
        _ => Check {
            what: what.into(),
            verdict: Verdict::Good,
            found: format!("{name}: {has}"),
            todo: None,
        },
    }];
    all.extend(lacks.into_iter().map(|lack| Check {
        what: what.into(),
        verdict: Verdict::Warn,
        found: format!("{}; {}", lack.found, lack.instead),
        todo: Some(lack.todo.into()),
    }));
    all
}

fn has(terminal: &TerminalInfo) -> Vec<&'static str> {
    [
        (terminal.colors == "true", "true colour"),
        (terminal.kitty_keyboard, "all keys"),
        (terminal.synchronized_output, "whole frames"),
        (terminal.hyperlinks, "hyperlinks"),
        (terminal.underline_styles, "underline styles"),
        (terminal.focus_events == Some(true), "focus events"),
    ]
    .into_iter()
    .filter_map(|(has, name)| has.then_some(name))
    .collect()
}

/// Something that a terminal lacks.
struct Lack {
    found: String,
    instead: &'static str,
    todo: &'static str,
}

fn lacks(terminal: &TerminalInfo, known: Known) -> Vec<Lack> {
    let mut lacks = Vec::new();
    let mut lack = |found: &str, instead, todo| {
        lacks.push(Lack { found: found.to_string(), instead, todo });
    };
    if terminal.colors != "true" {
        lack(
            &format!("true colour not announced ({} colours are)", terminal.colors),
            "Segno shows the nearest of those",
            "set COLORTERM=truecolor if your terminal can show it; SSH does not pass it on",
        );
    }
    if terminal.utf8 != Some(true) {
        lack(
            "the language settings (LC_ALL, LC_CTYPE, LANG) do not say UTF-8",
            "Segno sends UTF-8 all the same, and other programs may count columns differently",
            "set LANG to a UTF-8 one, such as C.UTF-8, before the daemon starts",
        );
    }
    if known == Known::Environment {
        return lacks;
    }
    if !terminal.answers {
        lack(
            "it does not answer questions",
            "Segno trusts TERM and COLORTERM alone",
            "attach without another program in between, or use another terminal",
        );
    }
    if !terminal.kitty_keyboard {
        lack(
            "no kitty keyboard protocol",
            "keys such as shift+enter and ctrl+i reach programs as enter and tab",
            "switch it on in the terminal's settings, or use one that has it, such as kitty, \
             Ghostty, foot, WezTerm or Alacritty",
        );
    }
    if !terminal.synchronized_output {
        lack(
            "no synchronized output (mode 2026)",
            "a frame may be seen half drawn for a moment",
            "a newer version of the terminal, or of tmux around it, may have it",
        );
    }
    if !terminal.hyperlinks {
        lack(
            "no hyperlinks (OSC 8)",
            "Segno leaves them out, and labels links in copy mode",
            "`copy-hints` copies and opens links with the keyboard",
        );
    }
    if !terminal.underline_styles {
        lack("no curly or coloured underlines", "Segno draws straight ones", "no action is needed");
    }
    if terminal.focus_events != Some(true) && terminal.answers {
        lack(
            "no focus events (mode 1004) announced",
            "programs may not learn when you leave the window",
            "inside tmux: `set -g focus-events on`",
        );
    }
    if terminal.wide_ambiguous == Some(true) {
        lack(
            "it draws lines and other ambiguous characters two columns wide",
            "Segno and most programs count one, so these characters may be cut",
            "set ambiguous-width characters to narrow in the terminal's settings",
        );
    }
    if terminal.grapheme_clusters == Some(false) {
        lack(
            "it does not draw emoji sequences as one character",
            "Segno draws the first of their signs, and what follows in its place",
            "no action is needed; a newer version of the terminal may draw them",
        );
    }
    let program = terminal.program.as_deref().unwrap_or_default().to_ascii_lowercase();
    if NO_CLIPBOARD.iter().any(|name| program.starts_with(name)) {
        lack(
            "it ignores programs that copy (OSC 52)",
            "Segno also gives copies to a clipboard program (`copy.clipboard_commands`)",
            "install wl-copy or xclip, where it is not there; over SSH use another terminal",
        );
    }
    lacks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best() -> TerminalInfo {
        TerminalInfo {
            term: "xterm-kitty".into(),
            answers: true,
            colors: "true".into(),
            kitty_keyboard: true,
            synchronized_output: true,
            hyperlinks: true,
            underline_styles: true,
            focus_events: Some(true),
            utf8: Some(true),
            ..TerminalInfo::default()
        }
    }

    #[test]
    fn a_terminal_that_has_all_is_one_line() {
        let list = checks("terminal", &best(), Known::Asked);
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].verdict, Verdict::Good);
    }

    #[test]
    fn each_thing_that_is_missing_says_what_to_do() {
        let poor = TerminalInfo {
            term: "xterm".into(),
            colors: "16".into(),
            program: Some("VTE 6003".into()),
            ..TerminalInfo::default()
        };
        let list = checks("terminal", &poor, Known::Asked);
        assert_eq!(list.len(), 9);
        assert!(list[1..].iter().all(|c| c.verdict == Verdict::Warn && c.todo.is_some()));
        // What was not asked is not held against it.
        assert_eq!(checks("terminal", &poor, Known::Environment).len(), 3);
    }

    #[test]
    fn what_cannot_show_panes_is_bad() {
        let dumb = TerminalInfo { term: "dumb".into(), ..best() };
        assert_eq!(checks("terminal", &dumb, Known::Asked)[0].verdict, Verdict::Bad);
    }
}
