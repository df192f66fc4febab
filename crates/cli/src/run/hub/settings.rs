//! How a hub is to run: from the command line, else from a file, else as is usual.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::args;
use crate::environment::Environment;
use crate::error::CliError;
use segno_hub::openid::Settings as Openid;

/// Where it listens, unless somebody says.
const LISTEN: &str = "127.0.0.1:8787";

/// What `--config` may have.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<SocketAddr>,
    database: Option<String>,
    public_url: Option<String>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    openid: Option<Openid>,
}

pub struct Settings {
    pub listen: SocketAddr,
    pub database: Option<String>,
    pub public_url: Option<String>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub openid: Option<Openid>,
}

impl Settings {
    pub fn read(env: &Environment, args: &args::Hub) -> Result<Settings, CliError> {
        const WHAT: &str = "cannot read the hub's settings";
        let file = match &args.config {
            None => File::default(),
            Some(path) => {
                let path = env.cwd.join(path);
                let shown = path.display().to_string();
                let text = std::fs::read_to_string(&path);
                let text = text.map_err(|e| CliError::usage(WHAT, format!("{shown}: {e}")))?;
                toml::from_str(&text)
                    .map_err(|e| CliError::usage(WHAT, format!("{shown}: {}", e.message())))?
            }
        };
        if let Some(why) = file.openid.as_ref().and_then(|openid| openid.check().err()) {
            return Err(CliError::usage(WHAT, why));
        }
        let usual = LISTEN.parse().map_err(|e| CliError::new(WHAT, e))?;
        let path = |of: &Option<PathBuf>, or: Option<PathBuf>| {
            of.clone().or(or).map(|path| env.cwd.join(path))
        };
        Ok(Settings {
            listen: args.listen.or(file.listen).unwrap_or(usual),
            database: args.database.clone().or(file.database),
            public_url: args.public_url.clone().or(file.public_url),
            cert: path(&args.cert, file.cert),
            key: path(&args.key, file.key),
            openid: file.openid,
        })
    }

    /// Where browsers reach it: by the name that it was given, else where a hub has said that it
    /// is, else where it would be.
    pub fn url(&self, noted: Option<String>) -> String {
        let scheme = if self.cert.is_some() { "https" } else { "http" };
        let named = self.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned());
        named.or(noted).unwrap_or_else(|| format!("{scheme}://{}", self.listen))
    }
}
