//! Languages of a pane type's values: templates, words of a shell, JSON to add to.

pub(in crate::panetype) mod json;
pub mod template;
pub mod typed;
pub(in crate::panetype) mod words;
