//! The certificate: the user's own, or one that was made.

use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use super::ServeError;
use segno_store::file::{atomic, foreign};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// A certificate with its key.
pub struct Certificate {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

fn failed(error: impl ToString) -> ServeError {
    ServeError::Certificate(error.to_string())
}

impl Certificate {
    /// From two files in PEM.
    pub fn read(certificate: &Path, key: &Path) -> Result<Certificate, ServeError> {
        let text = |path: &Path| {
            let read = std::fs::read(path);
            read.map_err(|e| failed(format!("{}: {e}", path.display())))
        };
        Certificate::parse(&text(certificate)?, &text(key)?)
    }

    /// The one that was made for these names, below this directory (key 0600); made anew where
    /// there is none, or for others.
    pub fn made(directory: &Path, names: &[String]) -> Result<Certificate, ServeError> {
        let path = directory.join("certificate.pem");
        let header = format!("# {}\n", names.join(" "));
        let stored = foreign::read_file(&path, LARGEST).ok().flatten();
        if let Some(stored) = stored.filter(|stored| stored.starts_with(header.as_bytes())) {
            return Certificate::parse(&stored, &stored);
        }
        let pair = KeyPair::generate().map_err(failed)?;
        let mut made = CertificateParams::new(names).map_err(failed)?;
        made.distinguished_name = DistinguishedName::new();
        made.distinguished_name.push(DnType::CommonName, "Segno");
        let made = made.self_signed(&pair).map_err(failed)?;
        let text = header + &made.pem() + &pair.serialize_pem();
        atomic::write(&path, text.as_bytes()).map_err(failed)?;
        Certificate::parse(text.as_bytes(), text.as_bytes())
    }

    fn parse(certificate: &[u8], key: &[u8]) -> Result<Certificate, ServeError> {
        let chain = CertificateDer::pem_slice_iter(certificate);
        let chain = chain.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        if chain.is_empty() {
            return Err(failed("the file has none"));
        }
        Ok(Certificate { chain, key: PrivateKeyDer::from_pem_slice(key).map_err(failed)? })
    }

    /// What browsers show of it: SHA-256, in pairs of digits.
    pub fn fingerprint(&self) -> String {
        let digest = self.chain.first().map(Sha256::digest).unwrap_or_default();
        let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    pub fn acceptor(self) -> Result<TlsAcceptor, ServeError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(self.chain, self.key)
            .map_err(failed)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_made_one_stays_the_same_for_its_names_and_its_key_is_private() {
        let home = tempfile::tempdir().unwrap();
        let make = |name: &str| Certificate::made(home.path(), &[name.to_string()]).unwrap();
        let first = make("127.0.0.1").fingerprint();
        assert_eq!(make("127.0.0.1").fingerprint(), first);
        assert_ne!(make("desk.example").fingerprint(), first);
        assert_eq!(first.len(), 95);
        let path = home.path().join("certificate.pem");
        assert_eq!(std::fs::metadata(path).unwrap().mode() & 0o777, 0o600);
        assert!(make("desk.example").acceptor().is_ok());
        assert!(Certificate::parse(b"", b"").is_err());
    }
}
