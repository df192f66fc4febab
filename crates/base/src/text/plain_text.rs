//! Text of others on its way to a terminal: nothing in it may steer the terminal, or make a line
//! read as another.

/// Whether a terminal shows this character and does nothing else: no control, and none of the
/// marks that turn the writing direction round.
pub fn is_plain(c: char) -> bool {
    !c.is_control() && !turns_direction(c)
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line: controls become spaces, so that words stay apart; the rest that is not plain goes.
pub fn line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().filter(|c| !turns_direction(*c)).map(plain).collect()
}

/// Several lines: as they are, without what is not plain. Newlines and tabs stay.
pub fn lines(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || is_plain(*c)).collect()
}

/// Whether a link may be given to a terminal or a desktop. A target that is itself a program or a
/// document runs or shows whatever its writer likes, and some handlers of addresses have run
/// commands.
pub fn is_safe_link(uri: &str) -> bool {
    const UNSAFE: &[&str] = &[
        "javascript",
        "vbscript",
        "livescript",
        "data",
        "blob",
        "jar",
        "view-source",
        "ms-msdt",
        "search-ms",
        "search",
    ];
    // What opens a link ignores blanks before and within the scheme.
    let scheme: String =
        uri.split(':').next().unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
    !UNSAFE.iter().any(|name| scheme.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal_or_turns_a_line_round() {
        assert_eq!(line("a\u{1b}[31m\nb\u{202e}c\u{9b}\u{2066}"), "a [31m bc ");
        assert_eq!(lines("a\u{1b}[31m\n\tb\u{202e}c\r"), "a[31m\n\tbc");
        assert_eq!(line("ä 漢 e\u{301} 👩\u{200d}🔬"), "ä 漢 e\u{301} 👩\u{200d}🔬");
    }

    #[test]
    fn links_that_are_programs_are_none() {
        for uri in [
            "javascript:alert(1)",
            " JavaScript:x",
            "java\tscript:x",
            "data:text/html,x",
            "vbscript:x",
        ] {
            assert!(!is_safe_link(uri), "{uri}");
        }
        for uri in [
            "https://a/javascript:",
            "mailto:a@b",
            "file:///a",
            "editor://file/a",
            "#a",
            "data.html",
        ] {
            assert!(is_safe_link(uri), "{uri}");
        }
    }
}
