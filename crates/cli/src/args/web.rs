//! Options of `web`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use segno_config::sections::web::listen_address;
use segno_wire::control::panes::pane::PaneRef;

/// `web`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Web {
    /// What to do; nothing: serve.
    #[command(subcommand)]
    pub command: Option<WebCommand>,
    /// Where to listen [default: web.listen, 127.0.0.1:8790]
    #[arg(long, value_name = "ADDRESS", value_parser = listen_address)]
    pub listen: Option<SocketAddr>,
    /// Another address by which browsers reach it, as in https://desk.example
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Speak TLS with a certificate that is made
    #[arg(long, conflicts_with_all = ["cert", "key"])]
    pub tls: bool,
    /// Speak TLS with this certificate
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Print JSON (versioned) instead of text: the address, and the code
    #[arg(long)]
    pub json: bool,
}

/// `web …`
#[derive(Debug, Subcommand)]
pub enum WebCommand {
    /// List, make and revoke tokens: what a browser may do
    Tokens(WebTokens),
}

/// `web tokens`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct WebTokens {
    /// What to do; nothing: list them.
    #[command(subcommand)]
    pub command: Option<TokensCommand>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `web tokens …`
#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// List them
    List {
        /// Print JSON (versioned) instead of text
        #[arg(long)]
        json: bool,
    },
    /// Make one and print its code, which lets one browser in, once, within ten minutes
    New(NewToken),
    /// Take tokens back; their browsers are shut out at once
    Revoke {
        /// Its id or name, as `segno web tokens` shows it
        #[arg(required_unless_present = "all")]
        token: Option<String>,
        /// All of them
        #[arg(long, conflicts_with = "token")]
        all: bool,
        /// Print JSON (versioned) instead of text
        #[arg(long)]
        json: bool,
    },
}

/// `web tokens new`
#[derive(Debug, Args)]
pub struct NewToken {
    /// What it may do: look, also answer what agents ask, also type
    #[arg(long, value_enum, default_value_t = Allowed::Full)]
    pub may: Allowed,
    /// Only this pane
    #[arg(long, conflicts_with = "project")]
    pub pane: Option<PaneRef>,
    /// Only panes in this directory, and below it
    #[arg(long, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// For so long, as in 12h, 30d or 8w, at most a year
    #[arg(long = "for", value_name = "TIME", default_value = "30d", value_parser = duration)]
    pub lasts: u64,
    /// Print a key for a program that speaks MCP over HTTP, instead of a code for a browser
    #[arg(long, conflicts_with = "pane")]
    pub key: bool,
    /// What you call it
    #[arg(long, default_value = "")]
    pub name: String,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Allowed {
    Watch,
    Answer,
    Full,
}

/// Milliseconds.
pub fn duration(text: &str) -> Result<u64, String> {
    let hours = |text: &str| {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let unit = match unit {
            "h" => 1,
            "d" => 24,
            "w" => 24 * 7,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(unit).filter(|n| (1..=24 * 366).contains(n))
    };
    let hours = hours(text).ok_or("write 12h, 30d or 8w; at most a year")?;
    Ok(hours * 3_600_000)
}
