//! What a client says of itself when it attaches, and what it is answered.
//!
//! Plain data; the frames that follow are in `frame`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use segno_base::ids::PaneId;

/// The environment variables that a client passes on: what says how its terminal draws, which
/// language its user reads and how their desktop is reached. Nothing else of its environment leaves
/// the client.
pub const CLIENT_ENV: &[&str] = &[
    "NO_COLOR",
    "TMUX",
    "ZELLIJ",
    "STY",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "COLORFGBG",
    "VTE_VERSION",
    "WT_SESSION",
    "KONSOLE_VERSION",
    "KITTY_WINDOW_ID",
    "WEZTERM_PANE",
    "SSH_CONNECTION",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
];

/// A client's terminal, sent with the hello.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AttachParams {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
    /// Width in pixels, 0 when unknown.
    pub xpixel: u16,
    /// Height in pixels, 0 when unknown.
    pub ypixel: u16,
    /// `$TERM`.
    pub term: String,
    /// `$COLORTERM`.
    pub colorterm: String,
    /// Where the client was started: where the first pane of an empty workspace begins. Left out
    /// when it is not Unicode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<PathBuf>,
    /// Whether this client may only look.
    pub read_only: bool,
    /// Whether its size does not count where another client's does.
    pub ignore_size: bool,
    /// The pane that this client shows, and nothing else; left out: the whole screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pane: Option<PaneId>,
    /// What of [`CLIENT_ENV`] is set.
    pub env: BTreeMap<String, String>,
    /// Names this client across its reconnects: 32 hexadecimal digits, chosen by it at random.
    pub token: String,
    /// The highest input number whose [`Ack`](super::frame::FromDaemon::Ack) the client has seen;
    /// 0 at first.
    pub acked: u64,
}

/// The daemon's answer to an attach hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AttachReply {
    /// The highest input number handled for this token: what the client said, or more when this
    /// very daemon remembers more. The client sends again what is above.
    pub acked: u64,
}

impl AttachParams {
    /// Whether the token has the right shape (or is left out); other texts are ignored.
    pub fn valid_token(&self) -> Option<&str> {
        let fits = self.token.len() == 32 && self.token.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then_some(self.token.as_str())
    }
}
