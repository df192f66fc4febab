//! Where releases are published: the only place that opens a connection, and only when the user
//! has asked for one.

use std::time::Duration;

use ureq::Agent;

use crate::error::{Error, Result};
use crate::package::{LIMIT, Package, SMALL};

const CONNECT: Duration = Duration::from_secs(15);
/// For all of one file.
const PATIENCE: Duration = Duration::from_secs(600);
/// What the name of a package for this system ends with.
#[cfg(target_os = "macos")]
const SYSTEM: &str = "apple-darwin";
#[cfg(not(target_os = "macos"))]
const SYSTEM: &str = "unknown-linux-musl";

/// A directory of files that is published: `version`, and the packages.
#[derive(Debug)]
pub struct Remote {
    base: String,
    agent: Agent,
}

impl Remote {
    /// At this address. It begins with `https://`; on this machine `http://` serves.
    pub fn new(base: &str) -> Result<Remote> {
        let wrong = |why| Err(Error::Address(base.to_owned(), why));
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let local = local.iter().filter_map(|host| base.strip_prefix(host));
        let is_local = local.into_iter().any(|rest| rest.starts_with([':', '/']));
        if !is_local && !base.starts_with("https://") {
            return wrong("it begins with https://");
        }
        if base.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return wrong("it has spaces");
        }
        let host = base.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next());
        if host.is_some_and(|host| host.ends_with(".example")) {
            return wrong("nothing is published there");
        }
        let config = segno_net::config()
            .https_only(!is_local)
            .user_agent(concat!("segno/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(PATIENCE))
            .build();
        Ok(Remote { base: base.trim_end_matches('/').to_owned(), agent: config.new_agent() })
    }

    /// The newest version, as the file `version` has it.
    pub fn version(&self) -> Result<String> {
        let address = format!("{}/version", self.base);
        let text = self.fetch(&address, SMALL)?;
        Ok(String::from_utf8_lossy(&text).trim().to_owned())
    }

    /// The newest package for this system, with its checksum and signature.
    pub fn package(&self) -> Result<Package> {
        let name = format!("{}/segno-{}-{SYSTEM}.tar.gz", self.base, std::env::consts::ARCH);
        let small = |ending: &str| {
            let text = self.fetch(&format!("{name}{ending}"), SMALL)?;
            Ok(Some(String::from_utf8_lossy(&text).into_owned()))
        };
        // What is not there ends it: over the network, nothing is believed without both.
        let (checksum, signature) = (small(".sha256")?, small(".minisig")?);
        let bytes = self.fetch(&name, LIMIT)?;
        Ok(Package { name, bytes, checksum, signature })
    }

    fn fetch(&self, address: &str, limit: u64) -> Result<Vec<u8>> {
        let failed = |e: ureq::Error| match e {
            ureq::Error::BodyExceedsLimit(_) => Error::Large(address.to_owned()),
            ureq::Error::StatusCode(404) => Error::Fetch(address.to_owned(), "not found".into()),
            other => Error::Fetch(address.to_owned(), other.to_string()),
        };
        let mut answer = self.agent.get(address).call().map_err(failed)?;
        answer.body_mut().with_config().limit(limit).read_to_vec().map_err(failed)
    }
}
