//! Each agent with a pane type of its own, alone with a fake model.

mod auggie;
pub(in crate::e2e) mod claude;
mod cline;
pub(in crate::e2e) mod codex;
pub(in crate::e2e) mod copilot;
pub(in crate::e2e) mod gemini;
mod grok;
pub(in crate::e2e) mod kilo;
mod kimi;
pub(in crate::e2e) mod pi;
pub(in crate::e2e) mod qwen;
