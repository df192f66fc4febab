//! A database's address. What the client's library does not know of it, the way in which the
//! server's certificate is looked at, is taken out of it first; words and meaning are libpq's.

use std::path::PathBuf;

use postgres::Config;

use crate::error::{Error, Result};

/// What is asked of the server's certificate, where TLS is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Nothing: nobody can listen, but whoever answers may be another.
    Anybody,
    /// Made by one of the authorities in this file, for whatever name.
    Authority(PathBuf),
    /// Also for the name in the address; by those in this file, or those that the system trusts.
    Name(Option<PathBuf>),
}

/// Splits an address into what the library is to know, and what is asked of the certificate.
pub fn parse(url: &str) -> Result<(Config, Trust)> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut mode, mut roots, mut rest) = ("prefer", None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = value,
            Some(("sslrootcert", "system")) => roots = None,
            Some(("sslrootcert", value)) => roots = Some(PathBuf::from(decoded(value))),
            _ => rest.push(pair.to_owned()),
        }
    }
    let (known, trust) = match (mode, roots) {
        ("disable", _) => ("disable", Trust::Anybody),
        ("allow" | "prefer", _) => ("prefer", Trust::Anybody),
        ("require", None) => ("require", Trust::Anybody),
        // As libpq does, which calls it compatible with its past.
        ("require" | "verify-ca", Some(roots)) => ("require", Trust::Authority(roots)),
        // Whoever is trusted for all of the world is not, whatever the name.
        ("verify-ca", None) => ("require", Trust::Name(None)),
        ("verify-full", roots) => ("require", Trust::Name(roots)),
        _ => {
            let why = "sslmode is disable, prefer, require, verify-ca or verify-full";
            return Err(Error::wrong(why));
        }
    };
    rest.push(format!("sslmode={known}"));
    // Its errors have the address in them, and that may have a password.
    let config = format!("{base}?{}", rest.join("&")).parse();
    let config =
        config.map_err(|_| Error::wrong("the database's address is no postgres://… address"))?;
    Ok((config, trust))
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(code) => {
                plain.push(code);
                at += 3;
            }
            None => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use postgres::config::SslMode;

    use super::*;

    #[test]
    fn what_is_asked_of_the_certificate_is_as_libpq_has_it() {
        let path = || PathBuf::from("/etc/a b.pem");
        let all = [
            ("", SslMode::Prefer, Trust::Anybody),
            ("?sslmode=disable", SslMode::Disable, Trust::Anybody),
            ("?sslmode=require", SslMode::Require, Trust::Anybody),
            ("?sslmode=verify-full", SslMode::Require, Trust::Name(None)),
            ("?sslmode=verify-ca", SslMode::Require, Trust::Name(None)),
            ("?sslmode=verify-full&sslrootcert=system", SslMode::Require, Trust::Name(None)),
            (
                "?sslrootcert=/etc/a%20b.pem&sslmode=verify-full&connect_timeout=3",
                SslMode::Require,
                Trust::Name(Some(path())),
            ),
            (
                "?sslmode=verify-ca&sslrootcert=/etc/a%20b.pem",
                SslMode::Require,
                Trust::Authority(path()),
            ),
            (
                "?sslmode=require&sslrootcert=/etc/a%20b.pem",
                SslMode::Require,
                Trust::Authority(path()),
            ),
        ];
        for (query, mode, trust) in all {
            let (config, trusted) = parse(&format!("postgres://u:p@h/d{query}")).unwrap();
            assert_eq!((config.get_ssl_mode(), trusted), (mode, trust), "{query}");
        }
        for wrong in ["postgres://u:secret@h/d?sslmode=maybe", "postgres://u:secret@h:x/d"] {
            let why = parse(wrong).map(drop).unwrap_err().to_string();
            assert!(!why.contains("secret"), "{why}");
        }
    }
}
