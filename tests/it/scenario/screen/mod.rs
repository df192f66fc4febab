//! What people see and type: keys, mouse, dialogs, looks, several clients.

mod clients;
mod copy_mode;
mod dialogs;
mod fidelity;
mod layouts;
mod looks;
mod mouse;
mod notifications;
mod palette;
mod pictures;
mod popup;
mod settings;
mod tmux_keys;
mod tour;
