//! What scripts and agents do with panes.

mod api;
mod budgets;
mod cli;
mod events;
mod mcp;
mod on_events;
mod prompts;
mod skill;
mod teams;
mod templates;
