//! Signing in at a provider of OpenID Connect: the authorization code flow with PKCE.
//!
//! [`provider`] asks the provider, [`token`] believes what it has signed and nothing else.

mod provider;
mod token;

pub use provider::{Openid, Started};
pub use token::Identity;

/// A provider, as the hub's settings name it.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its address, exactly as it calls itself.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// Whoever has a confirmed address there gets in, also without an invitation.
    #[serde(default)]
    pub domains: Vec<String>,
}

impl Settings {
    /// What cannot be: a provider that anybody on the way may play.
    pub fn check(&self) -> Result<(), &'static str> {
        let rest = self.issuer.strip_prefix("http://");
        let authority = rest.and_then(|rest| rest.split('/').next()).filter(|it| !it.contains('@'));
        let host = authority.map(|host| host.rsplit_once(':').map_or(host, |(host, _)| host));
        match host {
            None if self.issuer.starts_with("https://") => Ok(()),
            Some("127.0.0.1" | "[::1]" | "localhost") => Ok(()),
            _ => Err("openid.issuer is https://…; http only on this machine"),
        }
    }
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the provider cannot be asked: {0}")]
    Away(String),
    #[error("the provider's answer cannot be used: {0}")]
    Answer(String),
    #[error("the provider's token is not good: {0}")]
    Token(&'static str),
    #[error("{0}")]
    System(#[from] std::io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_asked_without_tls() {
        let check = |issuer: &str| {
            let issuer = issuer.to_owned();
            let (client_id, domains) = ("hub".to_owned(), Vec::new());
            let settings = Settings { issuer, client_id, client_secret: None, name: None, domains };
            settings.check().is_ok()
        };
        for good in ["https://id.example", "https://id.example/realms/x", "http://localhost:1/x"] {
            assert!(check(good), "{good}");
        }
        for wrong in [
            "http://id.example",
            "http://localhost.evil.example",
            "http://localhost:1@evil.example",
            "id.example",
            "",
        ] {
            assert!(!check(wrong), "{wrong}");
        }
    }
}
