//! The program as a user runs it, with shells for panes: no agent and no network needed.

mod copy_mode;
mod cli;
mod clients;
mod dialogs;
mod environment;
mod extras;
mod fairness;
mod fidelity;
mod handlers;
mod looks;
mod layouts;
mod mouse;
mod notifications;
mod own_type;
mod palette;
mod pane_files;
mod panes;
mod popup;
mod programs;
mod projects;
mod restore;
mod resume;
mod smoke;
mod usage;
mod tour;
