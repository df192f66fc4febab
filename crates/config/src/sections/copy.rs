//! The settings of copy mode.

use crate::keys::copy_command::{CopyKeys, KeyStyle};
use crate::reader::{Section, set};
use crate::sections::command_line::{CommandLine, command_lines};
use segno_base::text::diagnostic::Reports;

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
    pub(crate) fn blank() -> Copy {
        Copy {
            keys: CopyKeys::new(KeyStyle::Vi),
            on_release: false,
            clipboard_commands: Vec::new(),
            open_commands: Vec::new(),
            editor: String::new(),
        }
    }

    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        self.apply_moved(section, reports);
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
    }

    /// What once stood here and is in `keys.toml` now.
    fn apply_moved(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        let moved = |reports: &mut Reports<'_>, span, to| {
            reports.warning(
                span,
                format!("this has moved: write {to} in keys.toml, beside this file"),
            );
        };
        let styles = [("vi", KeyStyle::Vi), ("emacs", KeyStyle::Emacs)];
        let span = section.value("keys").map(|value| value.span());
        if let Some(style) = section.choice(reports, "keys", &styles) {
            self.keys = CopyKeys::new(style);
            if let Some(span) = span {
                moved(reports, span, "`copy_preset`");
            }
        }
        let bindings = section.string_map(reports, "bindings");
        if let Some((first, _)) = bindings.first() {
            moved(reports, first.span(), "these keys below `[copy]`");
        }
        self.keys.read(bindings, reports);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::keys::chord::Chord;
    use crate::keys::copy_command::{CopyCommand, Lookup};

    #[test]
    fn settings_are_read_and_bad_ones_reported() {
        let text = "[copy]\nkeys = \"emacs\"\nclipboard_commands = [\"$DISPLAY xclip -i\", \" \"]\n\
                    [copy.bindings]\n\"z z\" = \"copy\"\n\"q\" = \"\"\n\"x\" = \"cpy\"\n\"f77\" = \"copy\"\n";
        let (config, diagnostics) = Config::load(Some(text), "f");
        let copy = &config.copy;
        assert_eq!(copy.keys.style, KeyStyle::Emacs);
        let line = &copy.clipboard_commands[0];
        assert_eq!((line.needs.as_deref(), line.program.as_str()), (Some("DISPLAY"), "xclip"));
        assert_eq!(line.args, ["-i"]);
        let find = |keys: &str| copy.keys.find(keys.parse::<Chord>().unwrap().keys(), true);
        assert_eq!(find("z z"), Lookup::Command(CopyCommand::Copy));
        assert_eq!(find("q"), Lookup::Nothing);
        assert_eq!(find("ctrl+n"), Lookup::Command(CopyCommand::Down));
        let diagnostics: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(diagnostics.len(), 5, "{diagnostics:?}");
        assert!(diagnostics[1].contains("did you mean \"copy\""), "{diagnostics:?}");
        assert!(
            diagnostics[3].contains("keys.toml") && diagnostics[4].contains("`[copy]`"),
            "{diagnostics:?}"
        );
    }
}
