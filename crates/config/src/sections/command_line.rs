//! Command lines in settings: a program, its arguments, and the variable that makes it of use.

use crate::reader::Section;
use segno_base::text::diagnostic::Reports;

/// The longest list of command lines.
const MAX_COMMANDS: usize = 20;

/// A program with its arguments, and the variable that must be set for it to be of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    pub needs: Option<String>,
    pub program: String,
    pub args: Vec<String>,
}

impl CommandLine {
    /// Reads `[$VARIABLE] program arguments`, separated by spaces; what stands in single quotes
    /// is one argument.
    pub(crate) fn parse(text: &str) -> Option<CommandLine> {
        let mut words = words(text)?.into_iter().peekable();
        let needs = words.next_if(|word| word.starts_with('$')).map(|word| word[1..].to_string());
        let program = words.next().filter(|program| !program.is_empty())?;
        (!text.contains('\0')).then(|| CommandLine { needs, program, args: words.collect() })
    }
}

/// Reads a list of command lines; those without a program are reported and left out.
pub(crate) fn command_lines(
    section: &mut Section<'_>,
    reports: &mut Reports<'_>,
    key: &'static str,
) -> Option<Vec<CommandLine>> {
    let lines = section.strings(reports, key)?;
    let mut commands = Vec::new();
    for line in lines.into_iter().take(MAX_COMMANDS) {
        match CommandLine::parse(line.get_ref()) {
            Some(command) => commands.push(command),
            None => reports
                .error(line.span(), "no program; write its name and arguments, as in \"xclip -i\""),
        }
    }
    Some(commands)
}

/// The words of a line; `None` when a quote is left open.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_by_spaces_and_held_by_quotes() {
        let line = CommandLine::parse("$X  say 'a b' c''d ''").unwrap();
        assert_eq!((line.needs.as_deref(), line.program.as_str()), (Some("X"), "say"));
        assert_eq!(line.args, ["a b", "cd", ""]);
        for bad in ["", "  ", "$X", "''", "say 'a", "a\0b"] {
            assert_eq!(CommandLine::parse(bad), None, "{bad:?}");
        }
    }
}
