//! The program as a user runs it, with shells for panes: no agent and no network needed.

mod copy_mode;
mod cli;
mod clients;
mod dialogs;
mod environment;
mod extras;
mod fidelity;
mod looks;
mod layouts;
mod mouse;
mod own_type;
mod palette;
mod pane_files;
mod panes;
mod programs;
mod restore;
mod smoke;
mod tour;
