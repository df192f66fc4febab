//! to come
use super::types::PaneType;
use crate::base::diagnostic::Diagnostic;
/// What a check found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// `None` where there is an error.
    pub pane_type: Option<PaneType>,
    pub diagnostics: Vec<Diagnostic>,
}
pub fn check(_text: &str, _file: &str) -> Checked {
    Checked { pane_type: None, diagnostics: vec![] }
}
