//! Which requests are answered at all: those for this server's own address, from its own pages.
//! Pure.
//!
//! Any page in the browser may send requests to loopback, and any name may be made to lead there.
//! So the `Host` must be one that this server is called by, and the `Origin` that of its pages,
//! compared exactly, for ordinary requests and upgrades alike.

use std::net::SocketAddr;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    /// It is for another name: a page that was made to lead here, or a proxy not named.
    #[error("this server is not called so; see `public_url` in docs/web.md")]
    Host,
    /// It comes from another page.
    #[error("only this server's own pages may do that")]
    Origin,
}

/// Where this server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What browsers call it: scheme and authority, the one to show first.
    origins: Vec<(&'static str, String)>,
}

/// What a request says of where it is for and from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'a> {
    pub host: Option<&'a str>,
    pub origin: Option<&'a str>,
    /// `Sec-Fetch-Site`, where the browser sends it.
    pub site: Option<&'a str>,
}

impl Place {
    /// The names of an address: itself, and for loopback also `localhost`.
    pub fn of(address: SocketAddr, tls: bool) -> Place {
        let scheme = if tls { "https" } else { "http" };
        let port = address.port();
        let mut names = vec![address.to_string()];
        if address.ip().is_loopback() {
            names.push(format!("localhost:{port}"));
        }
        if port == if tls { 443 } else { 80 } {
            let bare = |name: &String| name.rsplit_once(':').map(|(name, _)| name.to_string());
            names = names.iter().filter_map(bare).collect();
        }
        Place { origins: names.into_iter().map(|name| (scheme, name)).collect() }
    }

    /// Also called by this address (`https://host[:port]`), which becomes the one to show; `None`
    /// where it is none.
    pub fn also(mut self, url: &str) -> Option<Place> {
        let (scheme, rest) = match url.split_once("://")? {
            ("https", rest) => ("https", rest),
            ("http", rest) => ("http", rest),
            _ => return None,
        };
        let name = rest.strip_suffix('/').unwrap_or(rest).to_ascii_lowercase();
        let is_name = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            return None;
        }
        self.origins.insert(0, (scheme, name));
        Some(self)
    }

    /// The address to show.
    pub fn url(&self) -> String {
        self.origins.first().map_or_else(String::new, |(scheme, name)| format!("{scheme}://{name}"))
    }

    /// An address with TLS, where there is one.
    pub fn tls_url(&self) -> Option<String> {
        let (scheme, name) = self.origins.iter().find(|(scheme, _)| *scheme == "https")?;
        Some(format!("{scheme}://{name}"))
    }

    /// Whether cookies go over TLS alone.
    pub fn is_secure(&self, host: Option<&str>) -> bool {
        let of = |host: &str| self.origins.iter().find(|(_, name)| name.eq_ignore_ascii_case(host));
        host.and_then(of).is_some_and(|(scheme, _)| *scheme == "https")
    }

    /// Refuses what is not for this server, or not from it. `own`: it changes something or opens a
    /// channel, so that it must come from a page of its own, and say so.
    pub fn check(&self, said: Said, own: bool) -> Result<(), Stranger> {
        let host = said.host.ok_or(Stranger::Host)?;
        let called = self.origins.iter().find(|(_, name)| name.eq_ignore_ascii_case(host));
        let (scheme, name) = called.ok_or(Stranger::Host)?;
        let from = said.origin.map(|origin| {
            origin.strip_prefix(scheme).and_then(|o| o.strip_prefix("://")) == Some(name.as_str())
        });
        let near = said.site.is_none_or(|site| matches!(site, "same-origin" | "none"));
        // A link on another page may lead here; what it gets is the page, which asks for itself.
        match (from, own) {
            (Some(true), _) if near => Ok(()),
            (None, false) => Ok(()),
            _ => Err(Stranger::Origin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place::of("127.0.0.1:8790".parse().unwrap(), false)
    }

    fn check(host: &str, origin: Option<&str>, own: bool) -> Result<(), Stranger> {
        place().check(Said { host: Some(host), origin, site: None }, own)
    }

    #[test]
    fn only_its_own_pages_open_channels() {
        let own = Some("http://127.0.0.1:8790");
        assert_eq!(check("127.0.0.1:8790", own, true), Ok(()));
        assert_eq!(check("localhost:8790", Some("http://localhost:8790"), true), Ok(()));
        let strangers = [
            None,
            Some("null"),
            Some("http://evil.example"),
            Some("http://127.0.0.1:8791"),
            Some("https://127.0.0.1:8790"),
            Some("http://127.0.0.1:8790.evil.example"),
            Some("http://localhost:8790"),
            Some("http://127.0.0.1:8790/"),
        ];
        for origin in strangers {
            assert_eq!(check("127.0.0.1:8790", origin, true), Err(Stranger::Origin), "{origin:?}");
        }
        let site = Said { host: Some("127.0.0.1:8790"), origin: own, site: Some("cross-site") };
        assert_eq!(place().check(site, true), Err(Stranger::Origin));
        assert_eq!(place().check(site, false), Err(Stranger::Origin));
        // A link.
        assert_eq!(check("127.0.0.1:8790", None, false), Ok(()));
    }

    #[test]
    fn a_name_that_was_made_to_lead_here_is_no_name_of_it() {
        for host in ["evil.example", "127.0.0.1", "127.0.0.1:80", "localhost.:8790", ""] {
            let origin = format!("http://{host}");
            assert_eq!(check(host, Some(&origin), false), Err(Stranger::Host), "{host}");
        }
        assert_eq!(place().check(Said::default(), false), Err(Stranger::Host));
    }

    #[test]
    fn a_public_address_is_shown_and_counts() {
        let place = place().also("https://Desk.example/").unwrap();
        assert_eq!(place.url(), "https://desk.example");
        let origin = Some("https://desk.example");
        let said = Said { host: Some("desk.example"), origin, site: Some("same-origin") };
        assert_eq!(place.check(said, true), Ok(()));
        assert!(place.is_secure(said.host) && !place.is_secure(Some("127.0.0.1:8790")));
        for wrong in ["desk.example", "ftp://x", "https://", "https://x/path", "https://u@x"] {
            assert_eq!(self::place().also(wrong), None, "{wrong}");
        }
        let bare = Place::of("192.0.2.1:443".parse().unwrap(), true);
        assert_eq!(bare.url(), "https://192.0.2.1");
    }
}
