//! The dialogs that are screens of their own: settings, and what was used.

mod settings;
mod usage;
