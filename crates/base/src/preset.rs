//! The names of the ready-made arrangements of a tab's panes; `layout/` knows how they look.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A ready-made arrangement, with tmux's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Side by side, equally wide.
    EvenHorizontal,
    /// One above the other, equally high.
    EvenVertical,
    /// The first large on the left, the others stacked right of it.
    MainVertical,
    /// The first large on top, the others side by side below it.
    MainHorizontal,
    /// A grid.
    Tiled,
}

impl Preset {
    /// In the order in which they are cycled through.
    pub const ALL: [Preset; 5] = [
        Preset::EvenHorizontal,
        Preset::EvenVertical,
        Preset::MainHorizontal,
        Preset::MainVertical,
        Preset::Tiled,
    ];

    /// As commands and the wire call it.
    pub fn name(self) -> &'static str {
        match self {
            Preset::EvenHorizontal => "even-horizontal",
            Preset::EvenVertical => "even-vertical",
            Preset::MainVertical => "main-vertical",
            Preset::MainHorizontal => "main-horizontal",
            Preset::Tiled => "tiled",
        }
    }

    /// The one after this.
    pub fn next(self) -> Preset {
        let at = Preset::ALL.iter().position(|preset| *preset == self).unwrap_or(0);
        Preset::ALL[(at + 1) % Preset::ALL.len()]
    }
}
