//! What a client's terminal can send, decoded.
//!
//! Plain data.

use segno_base::key::{KeyEvent, MouseEvent};

/// One event from a client's terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputEvent {
    /// A key was pressed, repeated or let go.
    Key(KeyEvent),
    /// The mouse moved, or a button of it did.
    Mouse(MouseEvent),
    /// A bracketed paste begins; until [`InputEvent::PasteEnd`] only paste data follows.
    PasteStart,
    /// A piece of a paste, cut anywhere, also within a character.
    PasteData(Vec<u8>),
    /// The paste ends.
    PasteEnd,
    /// The terminal got the focus.
    FocusIn,
    /// The terminal lost the focus.
    FocusOut,
    /// The terminal answers, or reports.
    Reply(TerminalReply),
}

/// A colour that OSC 10, 11 and 12 ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DynamicColor {
    /// OSC 10.
    Foreground,
    /// OSC 11.
    Background,
    /// OSC 12.
    Cursor,
}

/// The terminal's own light or dark theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColorScheme {
    /// Light text on a dark ground.
    Dark,
    /// Dark text on a light ground.
    Light,
}

/// An answer to something that the terminal was asked once, or to report from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the sequence that is named")]
pub enum TerminalReply {
    /// Primary device attributes (`CSI ? … c`): every terminal answers it, so that the replies
    /// asked for before it are complete when it comes.
    PrimaryDevice(Vec<u16>),
    /// The kitty keyboard flags in force (`CSI ? flags u`): the protocol is supported.
    KittyKeyboard(u8),
    /// OSC 10, 11, 12, scaled to eight bits.
    Color { which: DynamicColor, rgb: (u8, u8, u8) },
    /// The terminal's name and version (XTVERSION), such as `kitty(0.42.1)`.
    Version(String),
    /// A mode's state (DECRPM): 0 unknown, 1 set, 2 reset, 3 always set, 4 never set.
    ModeReport { mode: u16, private: bool, value: u8 },
    /// `CSI ? 997 ; 1|2 n`.
    ColorScheme(ColorScheme),
    /// Where the cursor is, from 1 (CPR). Never in the first row: that would be a key.
    CursorAt { row: u16, col: u16 },
    /// The clipboard's text (OSC 52).
    Clipboard(String),
    /// Whether it supports kitty's pictures (its answer to a query).
    Graphics { ok: bool },
    /// The text area in pixels (`CSI 4 ; height ; width t`).
    WindowSizePixels { width: u16, height: u16 },
    /// One cell in pixels (`CSI 6 ; height ; width t`).
    CellSizePixels { width: u16, height: u16 },
}
