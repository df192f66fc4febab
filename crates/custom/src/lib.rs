//! What users and projects add in files, read alike by the daemon and the command line: pane types
//! and where their programs are, themes, templates of prompts, and `.segno.toml`.

pub mod project;
pub mod prompt_templates;
pub mod theme;
pub mod types;
