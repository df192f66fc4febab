//! How a letter gets to a service.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

const WITHIN: Duration = Duration::from_secs(20);

/// A request to a browser's service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// Carries letters; may block.
pub trait Courier: Send + Sync + 'static {
    /// The status of the answer.
    fn deliver(&self, letter: &Letter) -> Result<u16, String>;
}

/// Over the network, with the roots that the system trusts; no redirect is followed.
pub struct Https(Agent);

impl Default for Https {
    fn default() -> Https {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // What is connected is let go: letters are rare, and nothing is to wake up for them.
            .max_idle_connections(0)
            .timeout_global(Some(WITHIN))
            .build();
        Https(config.new_agent())
    }
}

impl Courier for Https {
    fn deliver(&self, letter: &Letter) -> Result<u16, String> {
        let mut request = self.0.post(&letter.url);
        for (name, value) in &letter.headers {
            request = request.header(*name, value);
        }
        let answer = request.send(&letter.body[..]).map_err(|error| error.to_string())?;
        Ok(answer.status().as_u16())
    }
}
