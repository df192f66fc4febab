//! Projects: which directory a pane belongs to, and what its project file asks for.

pub(in crate::server) mod glance;
pub(in crate::server) mod membership;
pub(in crate::server) mod prompt_templates;
pub(in crate::server) mod worktrees;
