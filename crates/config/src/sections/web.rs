//! The view in a browser.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::reader::{Section, set};
use segno_base::text::diagnostic::Reports;

/// The settings of `[web]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Another address by which browsers reach it.
    pub public_url: Option<String>,
    /// Whether it speaks TLS with a certificate that is made.
    pub tls: bool,
    /// The user's own certificate and its key; full paths.
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

/// An address with a port; `localhost` is 127.0.0.1. No other name is looked up: it may mean
/// several addresses, or another one tomorrow.
pub fn listen_address(text: &str) -> Result<SocketAddr, &'static str> {
    let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let address = named.as_deref().unwrap_or(text);
    address.parse().map_err(|_| "it is no address with a port; write one as in 127.0.0.1:8790")
}

impl Default for Web {
    fn default() -> Web {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8790));
        Web { listen, public_url: None, tls: false, cert: None, key: None }
    }
}

impl Web {
    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        if let Some(text) = section.string(reports, "listen") {
            match listen_address(text.get_ref()) {
                Ok(listen) => self.listen = listen,
                Err(message) => reports.error(text.span(), message),
            }
        }
        if let Some(text) = section.string(reports, "public_url") {
            let url = text.get_ref();
            let is_url = url.starts_with("https://") || url.starts_with("http://");
            match url.as_str() {
                "" => self.public_url = None,
                _ if is_url => self.public_url = Some(text.into_inner()),
                _ => reports.error(text.span(), "it is no address as in https://desk.example"),
            }
        }
        set(&mut self.tls, section.boolean(reports, "tls"));
        for (name, place) in [("cert", &mut self.cert), ("key", &mut self.key)] {
            let Some(text) = section.string(reports, name) else { continue };
            let path = PathBuf::from(text.get_ref());
            match text.get_ref().as_str() {
                "" => *place = None,
                _ if path.is_absolute() => *place = Some(path),
                _ => reports.error(text.span(), "it must be a full path"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Config;

    #[test]
    fn it_is_on_loopback_and_nonsense_is_refused() {
        assert!(Config::load(None, "f").0.web.listen.ip().is_loopback());
        let text = "[web]\nlisten = \"8790\"\npublic_url = \"desk\"\ncert = \"c.pem\"\n";
        let (config, diagnostics) = Config::load(Some(text), "f");
        assert_eq!(diagnostics.len(), 3, "{diagnostics:?}");
        assert_eq!(config.web, super::Web::default());
    }
}
