//! Programs in panes: how they start, what is kept of them, and how they come back.

mod environment;
mod extras;
mod fairness;
mod foreign;
mod pane_files;
mod processes;
mod programs;
mod projects;
mod restore;
mod resume;
mod sleep;
mod smoke;
mod splits;
mod ssh;
