//! The settings of copy mode.

use crate::base::diagnostic::Reports;

use super::command_line::{CommandLine, command_lines};
use super::copy_command::{CopyKeys, KeyStyle, chord, copy_command};
use super::reader::Section;
use super::settings::set;

/// How copy mode behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    pub keys: CopyKeys,
    /// Whether letting go of the mouse copies what it selected.
    pub on_release: bool,
    /// Programs that take a text for the system's clipboard; the first that can is used.
    pub clipboard_commands: Vec<CommandLine>,
    /// Programs that open a link or a path; the first that can is used.
    pub open_commands: Vec<CommandLine>,
    /// Opens the scrollback; empty: `$VISUAL`, `$EDITOR` or `vi`.
    pub editor: String,
}

impl Copy {
    /// What the defaults are laid over.
    pub(super) fn blank() -> Copy {
        Copy {
            keys: CopyKeys::new(KeyStyle::Vi),
            on_release: false,
            clipboard_commands: Vec::new(),
            open_commands: Vec::new(),
            editor: String::new(),
        }
    }

    pub(super) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        let styles = [("vi", KeyStyle::Vi), ("emacs", KeyStyle::Emacs)];
        if let Some(style) = section.choice(reports, "keys", &styles) {
            self.keys = CopyKeys::new(style);
        }
        if let Some(on) = section.boolean(reports, "on_release") {
            self.on_release = on;
        }
        for (name, place) in [
            ("clipboard_commands", &mut self.clipboard_commands),
            ("open_commands", &mut self.open_commands),
        ] {
            set(place, command_lines(section, reports, name));
        }
        if let Some(editor) = section.string(reports, "editor") {
            if editor.get_ref().contains(['\0', '\n']) {
                reports.error(editor.span(), "a command line cannot hold this character");
            } else {
                self.editor = editor.into_inner();
            }
        }
        for (keys, name) in section.string_map(reports, "bindings") {
            let chord = chord(keys.get_ref()).map_err(|error| (keys.span(), error));
            let command = match name.get_ref().as_str() {
                "" => Ok(None),
                text => copy_command(text).map(Some).map_err(|error| (name.span(), error)),
            };
            match (chord, command) {
                (Ok(chord), Ok(command)) => self.keys.bind(chord, command),
                (Err((span, error)), _) | (_, Err((span, error))) => reports.error(span, error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::copy_command::{CopyCommand, Found};

    #[test]
    fn settings_are_read_and_bad_ones_told() {
        let text = "[copy]\nkeys = \"emacs\"\nclipboard_commands = [\"$DISPLAY xclip -i\", \" \"]\n\
                    [copy.bindings]\n\"z z\" = \"copy\"\n\"q\" = \"\"\n\"x\" = \"cpy\"\n\"f77\" = \"copy\"\n";
        let (config, found) = Config::load(Some(text), "f");
        let copy = &config.copy;
        assert_eq!(copy.keys.style, KeyStyle::Emacs);
        let line = &copy.clipboard_commands[0];
        assert_eq!((line.needs.as_deref(), line.program.as_str()), (Some("DISPLAY"), "xclip"));
        assert_eq!(line.args, ["-i"]);
        let find = |keys: &str| copy.keys.find(&chord(keys).unwrap(), true);
        assert_eq!(find("z z"), Found::Command(CopyCommand::Copy));
        assert_eq!(find("q"), Found::Nothing);
        assert_eq!(find("ctrl+n"), Found::Command(CopyCommand::Down));
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[1].contains("did you mean \"copy\""), "{found:?}");
    }
}
