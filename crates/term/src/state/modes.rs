//! The modes of a pane's terminal that decide how keys, mouse events and pastes are encoded.
//!
//! Plain data: the emulator fills it, the encoder reads it; it names no emulator.

/// Which mouse events the program asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MouseMode {
    /// None: the wheel and clicks belong to Segno.
    #[default]
    Off,
    /// Presses and releases (1000).
    Click,
    /// Also motion while a button is held (1002).
    Drag,
    /// All motion (1003).
    Motion,
}

/// How mouse events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MouseEncoding {
    /// One byte per coordinate; nothing beyond column 223.
    #[default]
    X10,
    /// The same with UTF-8 coordinates (1005).
    Utf8,
    /// Decimal coordinates (1006).
    Sgr,
    /// Decimal numbers in the shape of the first (1015).
    Urxvt,
    /// As 1006, in pixels (1016).
    SgrPixels,
}

/// A cell's width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CellPixels {
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
}

impl CellPixels {
    /// Width and height.
    pub fn each(self) -> (u16, u16) {
        (self.width, self.height)
    }
}

impl Default for CellPixels {
    /// A guess, for when no client reported it.
    fn default() -> CellPixels {
        CellPixels { width: 8, height: 16 }
    }
}

/// The modes of a pane's terminal that its input depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Modes {
    /// Cursor keys send SS3 (DECCKM).
    pub app_cursor: bool,
    /// The keypad sends application codes (DECKPAM).
    pub app_keypad: bool,
    /// Pastes are wrapped in brackets (2004).
    pub bracketed_paste: bool,
    /// The mouse events wanted.
    pub mouse: MouseMode,
    /// How mouse events are written.
    pub mouse_encoding: MouseEncoding,
    /// Focus changes are reported (1004).
    pub focus_events: bool,
    /// On the alternate screen the wheel sends cursor keys (1007).
    pub alternate_scroll: bool,
    /// The alternate screen is shown.
    pub alt_screen: bool,
    /// The kitty keyboard protocol's flags in force, 0 when it is off.
    pub kitty: u8,
    /// xterm's modifyOtherKeys level, 0 to 2.
    pub modify_other_keys: u8,
    /// Enter sends CR LF (LNM).
    pub newline: bool,
    /// What a cell measures, for mouse events in pixels.
    pub cell: CellPixels,
}
