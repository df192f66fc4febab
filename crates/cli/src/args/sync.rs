//! Options of `sync`.

use clap::{Args, Subcommand};

/// Conversations go where you log in, and nowhere else.
#[derive(Debug, Subcommand)]
pub enum Sync {
    /// Log in to a service: from now on conversations are sent there
    ///
    /// The key is asked for, read from standard input, or found where the service's own programs
    /// keep it; never given as an argument. It is checked, and refused with the service's own
    /// reason. What was said before the login stays here unless `segno sync run --all` or `--since`
    /// sends it.
    Login(Login),
    /// Log out: forget the key, and what was sent
    Logout(Named),
    /// What was sent, what waits, and why
    Status(MayBeNamed),
    /// Print or change a target's settings
    Config(Config),
    /// Everything about every target, and the services that there are
    Settings(super::Json),
    /// Send nothing for now: to all targets or one, of everything or of this directory
    Pause(Pause),
    /// Send again what `pause` held up
    Resume(Pause),
    /// Send what is not there yet
    Run(Run),
    /// Ask a target which conversations it has, and compare
    Verify(Named),
    /// What happened with a target, and what it refused
    Log(Log),
    /// Send once more what a target refused
    Retry(Named),
}

/// `sync login`
#[derive(Debug, Args)]
pub struct Login {
    /// The service; `segno sync settings` lists them
    pub kind: String,
    /// Your name for it [default: the service's]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Its address; for files, the directory
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Read the key from standard input
    #[arg(long)]
    pub key_stdin: bool,
    /// Get the key by signing in with a browser, where the service has a page for that
    #[arg(long, conflicts_with = "key_stdin")]
    pub browser: bool,
    /// A setting, such as contents=prompts, key_command=COMMAND, or what the service lets you
    /// choose
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    pub settings: Vec<(String, String)>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// A command on one target.
#[derive(Debug, Args)]
pub struct Named {
    /// The target
    pub name: String,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// A command on one target or all.
#[derive(Debug, Args)]
pub struct MayBeNamed {
    /// The target [default: all]
    pub name: Option<String>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `sync config`
#[derive(Debug, Args)]
pub struct Config {
    /// The target [default: all]
    pub name: Option<String>,
    /// The setting
    #[arg(requires = "value")]
    pub key: Option<String>,
    /// Its new value; an empty one takes it away
    pub value: Option<String>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `sync pause` and `sync resume`
#[derive(Debug, Args)]
pub struct Pause {
    /// The target [default: all]
    pub name: Option<String>,
    /// Only what is held in this directory and below it
    #[arg(long)]
    pub here: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `sync run`
#[derive(Debug, Args)]
pub struct Run {
    /// The target [default: all]
    pub name: Option<String>,
    /// Print what would be sent, byte for byte, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// From now on also send what was said since then: a day, or so long ago (12h, 7d)
    #[arg(long, value_name = "WHEN", conflicts_with = "all")]
    pub since: Option<String>,
    /// From now on send everything, whenever it was said
    #[arg(long)]
    pub all: bool,
    /// Print nothing, and give way to everything else on this machine
    #[arg(long, hide = true)]
    pub background: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `sync log`
#[derive(Debug, Args)]
pub struct Log {
    /// The target
    pub name: String,
    /// At most so many lines
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.into(), value.into())),
        _ => Err(format!("{text:?} is not KEY=VALUE")),
    }
}
