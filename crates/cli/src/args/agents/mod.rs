//! Options of the commands that drive agents, and that agents drive Segno by.

mod budget;
mod mcp;
mod prompt;
mod skill;

pub use budget::{Budget, BudgetCommand};
pub use mcp::Mcp;
pub use prompt::{Ask, Prompt, Queue, QueueCommand};
pub use skill::{Install, Skill};
