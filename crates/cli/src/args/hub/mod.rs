//! Options of `hub`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::web::duration;

/// `hub`
#[derive(Debug, Args)]
pub struct Hub {
    /// What to do; nothing: serve.
    #[command(subcommand)]
    pub command: Option<HubCommand>,
    /// Where to listen [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// The database: postgres://…, or sqlite:FILE [default: a file below SEGNO_HOME/hub]
    #[arg(long, value_name = "URL", global = true)]
    pub database: Option<String>,
    /// How browsers and machines reach it, as in https://hub.example
    #[arg(long, value_name = "URL", global = true)]
    pub public_url: Option<String>,
    /// A file with what is left out here: listen, database, public_url, cert, key, [openid]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Speak TLS with this certificate
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
}

/// `hub …`
#[derive(Debug, Subcommand)]
pub enum HubCommand {
    /// List, add and remove people
    #[command(subcommand)]
    Users(Users),
    /// Print a code that lets one browser of somebody in, once, within a day
    Invite(Invite),
    /// List and make teams, and say who is in them
    #[command(subcommand)]
    Teams(Teams),
    /// List, add and revoke machines: each has a token of its own
    #[command(subcommand)]
    Devices(Devices),
    /// Show or set for how many days conversations are kept
    Retention(Retention),
    /// Make a link to a conversation, list and revoke links, share with a team
    #[command(subcommand)]
    Share(Share),
}

/// `hub users …`
#[derive(Debug, Subcommand)]
pub enum Users {
    /// List them
    List(Listing),
    /// Add somebody and print a code for the first browser
    Add {
        /// Small letters, digits, `.`, `_` and `-`
        name: String,
        /// May also invite people and make teams
        #[arg(long)]
        admin: bool,
        /// Whoever has this confirmed address at the provider of OpenID Connect is this user
        #[arg(long)]
        email: Option<String>,
        /// Print JSON (versioned) instead of text
        #[arg(long)]
        json: bool,
    },
    /// Remove somebody, with everything that they have sent
    Remove {
        /// Who
        name: String,
    },
}

/// `hub invite`
#[derive(Debug, Args)]
pub struct Invite {
    /// Who
    pub name: String,
    /// Whoever has this confirmed address at the provider of OpenID Connect is this user
    #[arg(long)]
    pub email: Option<String>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `hub retention`
#[derive(Debug, Args)]
pub struct Retention {
    /// For so many days after the last word in it, or `forever`; nothing: list what is set
    #[arg(value_parser = days)]
    pub days: Option<Days>,
    /// Of conversations of this team's members
    #[arg(long, requires = "days")]
    pub team: Option<String>,
    /// Of this user's conversations
    #[arg(long, requires = "days", conflicts_with = "team")]
    pub user: Option<String>,
    /// Print JSON (versioned) instead of text
    #[arg(long, conflicts_with = "days")]
    pub json: bool,
}

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    Forever,
    Number(u32),
}

impl Days {
    /// As it is stored.
    pub fn number(self) -> Option<i64> {
        match self {
            Days::Forever => None,
            Days::Number(days) => Some(days.into()),
        }
    }
}

fn days(text: &str) -> Result<Days, String> {
    match text {
        "forever" => Ok(Days::Forever),
        _ => text.parse().map(Days::Number).map_err(|_| "a number of days, or `forever`".into()),
    }
}

/// How a list is printed.
#[derive(Debug, Args)]
pub struct Listing {
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `hub teams …`
#[derive(Debug, Subcommand)]
pub enum Teams {
    /// List them
    List(Listing),
    /// Make one
    Add {
        /// Small letters, digits, `.`, `_` and `-`
        team: String,
    },
    /// Remove one; what was shared with it is its owners' alone again
    Remove {
        /// Which
        team: String,
    },
    /// Take somebody in
    Join {
        /// Which
        team: String,
        /// Who
        user: String,
    },
    /// Take somebody out
    Leave {
        /// Which
        team: String,
        /// Who
        user: String,
    },
}

/// `hub devices …`
#[derive(Debug, Subcommand)]
pub enum Devices {
    /// List them
    List(Listing),
    /// Make a token for a machine and print it, once
    Add {
        /// Whose it is
        #[arg(long)]
        user: String,
        /// What you call the machine
        #[arg(default_value = "")]
        name: String,
        /// It may also read what its user sees, as services' own programs do
        #[arg(long)]
        read: bool,
        /// Print JSON (versioned) instead of text
        #[arg(long)]
        json: bool,
    },
    /// Take a token back
    Revoke {
        /// Its number, as the list shows it
        id: i64,
    },
}

/// `hub share …`
#[derive(Debug, Subcommand)]
pub enum Share {
    /// Show what would be seen, as Markdown
    Preview(Linked),
    /// Make a link and print it, once
    Link(NewLink),
    /// List links
    List {
        /// Whose they are
        #[arg(long)]
        user: String,
        /// Print JSON (versioned) instead of text
        #[arg(long)]
        json: bool,
    },
    /// Take a link back
    Revoke {
        /// Whose it is
        #[arg(long)]
        user: String,
        /// Its number, as the list shows it
        id: i64,
    },
    /// Share a conversation with a team
    Team {
        /// Whose it is
        #[arg(long)]
        user: String,
        /// Its id, or AGENT:ID
        conversation: String,
        /// Which
        team: String,
        /// No longer
        #[arg(long)]
        stop: bool,
    },
}

/// What a link leads to.
#[derive(Debug, Args)]
pub struct Linked {
    /// Whose it is
    #[arg(long)]
    pub user: String,
    /// Its id, or AGENT:ID
    pub conversation: String,
    /// From this message on, by its id
    #[arg(long, value_name = "MESSAGE")]
    pub first: Option<String>,
    /// Up to this message, by its id
    #[arg(long, value_name = "MESSAGE")]
    pub last: Option<String>,
    /// Show also what looks like a secret
    #[arg(long)]
    pub reveal: bool,
}

/// `hub share link`
#[derive(Debug, Args)]
pub struct NewLink {
    #[command(flatten)]
    pub linked: Linked,
    /// For so long, as in 12h, 30d or 8w, at most a year
    #[arg(long = "for", value_name = "TIME", default_value = "7d", value_parser = duration)]
    pub lasts: u64,
    /// Read a passphrase from standard input, without which nothing is shown
    #[arg(long)]
    pub passphrase_stdin: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}
