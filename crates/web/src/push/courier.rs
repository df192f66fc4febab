//! How a letter gets to a service.

use std::time::Duration;

use ureq::Agent;

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
        let config = segno_net::config_without_redirects()
            .https_only(true)
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
