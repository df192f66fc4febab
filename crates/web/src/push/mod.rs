//! Web Push: that something waits for you is said to browsers whose page is closed, through the
//! service that each browser has for that (RFC 8030).
//!
//! What is said is sealed for the browser alone (RFC 8291) and signed by this server (RFC 8292):
//! the service learns when, and not what.

pub mod book;
pub mod courier;
pub(crate) mod seal;
mod signed;

use serde::{Deserialize, Serialize};

pub use book::Book;
pub use courier::{Courier, Letter};

/// A letter that nobody fetches is dropped after so long, in seconds.
const KEPT_S: u32 = 3600;
/// The longest address of a subscription, in bytes.
const ADDRESS_MAX: usize = 1000;

/// Where a browser is reached, as it says itself (`PushSubscription.toJSON`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub endpoint: String,
    pub keys: Keys,
}

/// In base64, as URLs have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    p256dh: String,
    auth: String,
}

/// Why nothing can be pushed.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    #[error("this is no subscription of a browser's: {0}")]
    Subscription(&'static str),
    #[error("there are too many subscriptions; sign browsers out that are not used")]
    Many,
    #[error("{0}: {1}")]
    Io(std::path::PathBuf, std::io::Error),
    #[error("no key could be made or used")]
    Key,
}

impl Subscription {
    /// The origin that the address is at. Only services out there are asked: no address of this
    /// machine's own network, which others cannot reach.
    fn origin(&self) -> Result<&str, PushError> {
        let wrong = PushError::Subscription;
        if self.endpoint.len() > ADDRESS_MAX {
            return Err(wrong("its address is too long"));
        }
        let rest = self.endpoint.strip_prefix("https://").ok_or(wrong("it is not https"))?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        let last = host.rsplit('.').next().unwrap_or_default();
        let named = host.contains('.') && last.starts_with(|c: char| c.is_ascii_alphabetic());
        if !named || !host.chars().all(plain) || ["local", "internal"].contains(&last) {
            return Err(wrong("its address names no service"));
        }
        Ok(&self.endpoint[.."https://".len() + host.len()])
    }

    /// Whether anything can be pushed to it.
    pub fn check(&self) -> Result<(), PushError> {
        self.origin()?;
        seal::seal(&self.keys, b"").map(|_| ())
    }

    /// What is sent to say this. `from`: this server's address, for the service's operator.
    pub fn letter(
        &self,
        signer: &signed::Signer,
        text: &str,
        topic: &str,
        from: Option<&str>,
        now_s: u64,
    ) -> Result<Letter, PushError> {
        Ok(Letter {
            url: self.endpoint.clone(),
            headers: vec![
                ("authorization", signer.authorization(self.origin()?, from, now_s)?),
                ("content-encoding", "aes128gcm".into()),
                ("content-type", "application/octet-stream".into()),
                ("ttl", KEPT_S.to_string()),
                ("urgency", "high".into()),
                // One that nobody has fetched yet gives way to the next of the same pane.
                ("topic", topic.into()),
            ],
            body: seal::seal(&self.keys, text.as_bytes())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_services_out_there_are_asked() {
        let of = |endpoint: &str| Subscription {
            endpoint: endpoint.into(),
            keys: Keys { p256dh: String::new(), auth: String::new() },
        };
        let good = of("https://push.example.org/send/x?y#z");
        assert_eq!(good.origin().unwrap(), "https://push.example.org");
        for wrong in [
            "http://push.example.org/x",
            "https://localhost/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://2130706433/x",
            "https://printer.local/x",
            "https://me@push.example.org/x",
            "https://push.example.org:8443/x",
            "https://",
            "",
        ] {
            assert!(of(wrong).origin().is_err(), "{wrong}");
        }
        assert!(of(&format!("https://push.example.org/{}", "x".repeat(1000))).origin().is_err());
        assert!(good.check().is_err(), "it has no keys");
    }
}
