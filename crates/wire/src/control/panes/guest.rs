//! `shell.start`: what a shim asks before it starts the program that somebody typed in a shell.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use segno_base::text::os_text::{self, Os};

/// Parameters of `shell.start`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShellStart {
    /// Its name, as it was typed; empty: the agent that the pane's shell goes back to.
    pub program: String,
    /// Where the shell's PATH leads to behind the shims.
    #[serde(with = "os_text::path")]
    #[schemars(with = "Os<'static>")]
    pub path: PathBuf,
    /// Without the program.
    pub args: Vec<String>,
    /// Where it was typed.
    #[serde(with = "os_text::path")]
    #[schemars(with = "Os<'static>")]
    pub cwd: PathBuf,
    /// All of the shell's variables.
    #[serde(with = "os_text::variables")]
    #[schemars(with = "Vec<(Os<'static>, Os<'static>)>")]
    pub env: BTreeMap<OsString, OsString>,
}

/// The result of `shell.start`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShellStarts {
    /// `None`: the program is started as it was typed.
    pub with: Option<StartWith>,
    /// One line for the user.
    pub note: Option<String>,
}

/// What a program is started with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StartWith {
    /// The program's name.
    pub program: String,
    /// Where it is.
    #[serde(with = "os_text::path")]
    #[schemars(with = "Os<'static>")]
    pub path: PathBuf,
    /// All arguments.
    #[serde(with = "os_text::list")]
    #[schemars(with = "Vec<Os<'static>>")]
    pub args: Vec<OsString>,
    /// All variables.
    #[serde(with = "os_text::variables")]
    #[schemars(with = "Vec<(Os<'static>, Os<'static>)>")]
    pub env: BTreeMap<OsString, OsString>,
    /// Where.
    #[serde(with = "os_text::path")]
    #[schemars(with = "Os<'static>")]
    pub cwd: PathBuf,
}
