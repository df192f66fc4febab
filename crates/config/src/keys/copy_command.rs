//! The one definition of what keys do in copy mode, and the two tables of keys.
//!
//! Plain data: what a command does is decided in `core/copy`. Names are part of users' settings,
//! so a name never changes its meaning.

use std::collections::BTreeMap;

use crate::keys::chord::Chord;
use segno_base::key::Key;
use segno_base::text::diagnostic::closest;

/// What a key does in copy mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CopyCommand {
    Left,
    Right,
    Up,
    Down,
    WordNext,
    WordEnd,
    WordPrevious,
    BigWordNext,
    BigWordEnd,
    BigWordPrevious,
    LineStart,
    LineText,
    LineEnd,
    ScreenTop,
    ScreenMiddle,
    ScreenBottom,
    Top,
    Bottom,
    GoToLine,
    HalfPageUp,
    HalfPageDown,
    PageUp,
    PageDown,
    ScrollUp,
    ScrollDown,
    ParagraphPrevious,
    ParagraphNext,
    Bracket,
    FindNext,
    FindPrevious,
    TillNext,
    TillPrevious,
    FindAgain,
    FindReverse,
    SearchForward,
    SearchBackward,
    SearchNext,
    SearchPrevious,
    SearchWordForward,
    SearchWordBackward,
    PromptPrevious,
    PromptNext,
    SelectChar,
    SelectLine,
    SelectBlock,
    SelectWord,
    SelectOutput,
    SwapEnds,
    Clear,
    SetMark,
    JumpToMark,
    Copy,
    CopyLine,
    CopyLineEnd,
    Open,
    Hints,
    Edit,
    Cancel,
    Quit,
}

use CopyCommand as C;

/// Every command: its name, what it does, its keys in the way of vi and in that of emacs. Keys
/// that are pressed one after the other stand with a space between them.
#[rustfmt::skip]
pub const COPY_COMMANDS: &[CopyCommandInfo] = &[
    info(C::Left, "left", "Left", &["h", "left", "backspace"], &["ctrl+b", "left"]),
    info(C::Right, "right", "Right", &["l", "right"], &["ctrl+f", "right"]),
    info(C::Up, "up", "Up", &["k", "up", "ctrl+p"], &["ctrl+p", "up"]),
    info(C::Down, "down", "Down", &["j", "down", "ctrl+n"], &["ctrl+n", "down"]),
    info(C::WordNext, "word-next", "Next word", &["w"], &[]),
    info(C::WordEnd, "word-end", "End of the word", &["e"], &["alt+f"]),
    info(C::WordPrevious, "word-previous", "Previous word", &["b"], &["alt+b"]),
    info(C::BigWordNext, "big-word-next", "Next word between spaces", &["W"], &[]),
    info(C::BigWordEnd, "big-word-end", "End of the word between spaces", &["E"], &[]),
    info(C::BigWordPrevious, "big-word-previous", "Previous word between spaces", &["B"], &[]),
    info(C::LineStart, "line-start", "Start of the line", &["0", "home"], &["ctrl+a", "home"]),
    info(C::LineText, "line-text", "First character of the line", &["^"], &["alt+m"]),
    info(C::LineEnd, "line-end", "End of the line", &["$", "end"], &["ctrl+e", "end"]),
    info(C::ScreenTop, "screen-top", "Top of the screen", &["H"], &[]),
    info(C::ScreenMiddle, "screen-middle", "Middle of the screen", &["M"], &["alt+r"]),
    info(C::ScreenBottom, "screen-bottom", "Bottom of the screen", &["L"], &[]),
    info(C::Top, "top", "Oldest line", &["g"], &["alt+<"]),
    info(C::Bottom, "bottom", "Newest line", &["G"], &["alt+>"]),
    info(C::GoToLine, "go-to-line", "To a line by its number", &[":"], &["g"]),
    info(C::HalfPageUp, "half-page-up", "Half a page up", &["ctrl+u"], &["alt+up"]),
    info(C::HalfPageDown, "half-page-down", "Half a page down", &["ctrl+d"], &["alt+down"]),
    info(C::PageUp, "page-up", "A page up", &["ctrl+b", "pageup"], &["alt+v", "pageup"]),
    info(C::PageDown, "page-down", "A page down", &["ctrl+f", "pagedown"], &["ctrl+v", "pagedown"]),
    info(C::ScrollUp, "scroll-up", "Scroll a line up", &["ctrl+y", "K"], &[]),
    info(C::ScrollDown, "scroll-down", "Scroll a line down", &["ctrl+e", "J"], &[]),
    info(C::ParagraphPrevious, "paragraph-previous", "Previous paragraph", &["{"], &["alt+{"]),
    info(C::ParagraphNext, "paragraph-next", "Next paragraph", &["}"], &["alt+}"]),
    info(C::Bracket, "bracket", "Matching bracket", &["%"], &["ctrl+alt+f"]),
    info(C::FindNext, "find-next", "To a character in the line", &["f"], &["f"]),
    info(C::FindPrevious, "find-previous", "Back to a character in the line", &["F"], &["F"]),
    info(C::TillNext, "till-next", "Before a character in the line", &["t"], &["t"]),
    info(C::TillPrevious, "till-previous", "Back behind a character in the line", &["T"], &["T"]),
    info(C::FindAgain, "find-again", "To that character again", &[";"], &[";"]),
    info(C::FindReverse, "find-reverse", "To that character the other way", &[","], &[","]),
    info(C::SearchForward, "search-forward", "Search down", &["/"], &["ctrl+s"]),
    info(C::SearchBackward, "search-backward", "Search up", &["?"], &["ctrl+r"]),
    info(C::SearchNext, "search-next", "Next match", &["n"], &["n"]),
    info(C::SearchPrevious, "search-previous", "Next match the other way", &["N"], &["N"]),
    info(C::SearchWordForward, "search-word-forward", "Search down for the word", &["*"], &[]),
    info(C::SearchWordBackward, "search-word-backward", "Search up for the word", &["#"], &[]),
    info(C::PromptPrevious, "prompt-previous", "Previous prompt", &["[ p", "ctrl+up"], &["ctrl+up"]),
    info(C::PromptNext, "prompt-next", "Next prompt", &["] p", "ctrl+down"], &["ctrl+down"]),
    info(C::SelectChar, "select-char", "Select characters", &["v", "space"], &["ctrl+space"]),
    info(C::SelectLine, "select-line", "Select lines", &["V"], &[]),
    info(C::SelectBlock, "select-block", "Select a block", &["ctrl+v"], &["R"]),
    info(C::SelectWord, "select-word", "Select the word", &["i w"], &["alt+@"]),
    info(C::SelectOutput, "select-output", "Select the command's output", &["a o"], &["alt+o"]),
    info(C::SwapEnds, "swap-ends", "Go to the selection's other end", &["o"], &["ctrl+x ctrl+x"]),
    info(C::Clear, "clear", "Drop the selection", &[], &["ctrl+g"]),
    info(C::SetMark, "set-mark", "Set a mark, named by the next key", &["m"], &["alt+x"]),
    info(C::JumpToMark, "jump-to-mark", "Go to a mark", &["'", "`"], &["alt+'"]),
    info(C::Copy, "copy", "Copy and leave", &["y", "enter"], &["alt+w", "ctrl+w", "enter"]),
    info(C::CopyLine, "copy-line", "Copy the line and leave", &["Y"], &["Y"]),
    info(C::CopyLineEnd, "copy-line-end", "Copy to the end of the line and leave", &["D"], &["ctrl+k"]),
    info(C::Open, "open", "Open the link or path under the cursor", &["O"], &["alt+enter"]),
    info(C::Hints, "hints", "Label the links and paths", &["u"], &["u"]),
    info(C::Edit, "edit", "Open the scrollback in the editor", &["alt+e"], &["alt+e"]),
    info(C::Cancel, "cancel", "Drop the selection, or leave", &["escape"], &["escape"]),
    info(C::Quit, "quit", "Leave", &["q", "ctrl+c"], &["q", "ctrl+c"]),
];

/// A command of copy mode as settings and documentation show it.
#[derive(Debug, Clone, Copy)]
pub struct CopyCommandInfo {
    pub command: CopyCommand,
    pub name: &'static str,
    pub description: &'static str,
    pub vi: &'static [&'static str],
    pub emacs: &'static [&'static str],
}

const fn info(
    command: CopyCommand,
    name: &'static str,
    description: &'static str,
    vi: &'static [&'static str],
    emacs: &'static [&'static str],
) -> CopyCommandInfo {
    CopyCommandInfo { command, name, description, vi, emacs }
}

/// Which table of keys a user's own are laid over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStyle {
    Vi,
    Emacs,
}

/// What keys do in copy mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyKeys {
    pub style: KeyStyle,
    pub(crate) bound: BTreeMap<Chord, CopyCommand>,
}

/// What pressed keys come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    Command(CopyCommand),
    /// More keys may follow.
    Begun,
    Nothing,
}

impl CopyKeys {
    /// The table of a style.
    pub fn new(style: KeyStyle) -> CopyKeys {
        let mut bound = BTreeMap::new();
        for info in COPY_COMMANDS {
            let keys = match style {
                KeyStyle::Vi => info.vi,
                KeyStyle::Emacs => info.emacs,
            };
            // A test proves that all of them can be read.
            bound.extend(keys.iter().filter_map(|keys| Some((keys.parse().ok()?, info.command))));
        }
        CopyKeys { style, bound }
    }

    /// What these keys do; a longer chord that begins with them does not stop a shorter one when
    /// `complete`.
    pub fn find(&self, pressed: &[Key], complete: bool) -> Lookup {
        let longer = || {
            let longer = |keys: &[Key]| keys.len() > pressed.len() && keys.starts_with(pressed);
            self.bound.keys().any(|chord| longer(chord.keys()))
        };
        match self.bound.iter().find(|(chord, _)| chord.keys() == pressed) {
            Some(_) if !complete && longer() => Lookup::Begun,
            Some((_, command)) => Lookup::Command(*command),
            None if longer() => Lookup::Begun,
            None => Lookup::Nothing,
        }
    }

    /// The keys of a command, as settings write them.
    pub fn keys_for(&self, command: CopyCommand) -> Vec<String> {
        let keys = self.bound.iter().filter(|(_, bound)| **bound == command);
        keys.map(|(keys, _)| keys.to_string()).collect()
    }
}

/// The command of a name, or what is wrong with it.
pub fn copy_command(name: &str) -> Result<CopyCommand, String> {
    let found = COPY_COMMANDS.iter().find(|info| info.name == name).map(|info| info.command);
    found.ok_or_else(|| {
        let shown: String = name.chars().take(40).collect();
        match closest(name, COPY_COMMANDS.iter().map(|info| info.name)) {
            Some(meant) => {
                format!("{shown:?} is no command of copy mode; did you mean {meant:?}?")
            }
            None => format!("{shown:?} is no command of copy mode; docs/copy-mode.md lists them"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use segno_base::key::KeyCode;

    #[test]
    fn every_command_stands_once_and_its_keys_can_be_read() {
        for style in [KeyStyle::Vi, KeyStyle::Emacs] {
            let keys = CopyKeys::new(style);
            let mut count = 0;
            for (i, info) in COPY_COMMANDS.iter().enumerate() {
                let others = &COPY_COMMANDS[..i];
                assert!(others.iter().all(|o| o.command != info.command && o.name != info.name));
                assert_eq!(copy_command(info.name), Ok(info.command));
                count += if style == KeyStyle::Vi { info.vi.len() } else { info.emacs.len() };
            }
            assert_eq!(keys.bound.len(), count, "no key of {style:?} has two meanings");
        }
    }

    #[test]
    fn every_command_is_documented_with_its_keys() {
        let docs = include_str!("../../../../docs/copy-mode.md");
        for info in COPY_COMMANDS {
            let quoted = |keys: &[&str]| {
                let quote = |key: &&str| match *key {
                    "`" => "`` ` ``".to_string(),
                    key => format!("`{key}`"),
                };
                keys.iter().map(quote).collect::<Vec<_>>().join(", ")
            };
            let (vi, emacs) = (quoted(info.vi), quoted(info.emacs));
            let row = format!("| `{}` | {vi} | {emacs} | {} |\n", info.name, info.description);
            assert!(docs.contains(&row), "docs/copy-mode.md lacks:\n{row}");
        }
    }

    #[test]
    fn a_longer_chord_waits_and_gives_up() {
        let mut keys = CopyKeys::new(KeyStyle::Vi);
        keys.bound.insert("g x".parse().unwrap(), CopyCommand::Open);
        let g = Key::plain(KeyCode::Char('g'));
        let x = Key::plain(KeyCode::Char('x'));
        assert_eq!(keys.find(&[g], false), Lookup::Begun);
        assert_eq!(keys.find(&[g], true), Lookup::Command(CopyCommand::Top));
        assert_eq!(keys.find(&[g, x], false), Lookup::Command(CopyCommand::Open));
        assert_eq!(keys.find(&[x], false), Lookup::Nothing);
    }

    #[test]
    fn an_unknown_name_is_reported_with_a_suggestion() {
        assert!(copy_command("copy-lin").unwrap_err().contains("\"copy-line\""));
    }
}
