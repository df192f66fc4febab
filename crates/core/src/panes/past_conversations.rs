//! Which past conversations a dialog wants.

use std::path::PathBuf;

/// Which past conversations are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationQuery {
    /// `None`: of every type.
    pub type_name: Option<String>,
    /// `None`: wherever they were.
    pub directory: Option<PathBuf>,
}
