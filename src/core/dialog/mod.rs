//! What a client is asked or shown above its panes, as data. The view draws it, keys change it.

pub mod new_pane;
pub mod text_field;

use crate::base::ids::{PaneId, TabId};

use new_pane::NewPaneDialog;
use text_field::TextField;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// The keys, searchable.
    Help {
        filter: TextField,
        scroll: usize,
    },
    NewPane(Box<NewPaneDialog>),
    RenamePane {
        pane: PaneId,
        field: TextField,
    },
    RenameTab {
        tab: TabId,
        field: TextField,
    },
    /// Close a pane whose program still runs?
    ConfirmClose {
        pane: PaneId,
    },
    /// The tabs and panes as a list to jump to.
    Tree {
        selected: usize,
    },
    /// Longer texts, for example what is wrong with a pane type.
    Messages {
        lines: Vec<String>,
        scroll: usize,
    },
}
