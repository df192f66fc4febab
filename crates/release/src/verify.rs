//! The check that a package is what its maker made.

use minisign_verify::{PublicKey, Signature};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::package::Package;
use segno_base::text::hex::hex;

/// What a package was checked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Its maker's signature.
    Signature,
    /// Its checksum alone: it is whole, and whose it is was not checked.
    Checksum,
}

/// A package that was checked. Made by [`verify`] alone.
#[derive(Debug, Clone)]
pub struct Verified {
    name: String,
    bytes: Vec<u8>,
    proof: Proof,
}

impl Verified {
    /// Its file's name or its address.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it holds.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it was checked by.
    pub fn proof(&self) -> Proof {
        self.proof
    }
}

/// Checks a package. With a key (a line or a file of minisign's), it must be signed by it; without
/// one, its checksum must be there. A checksum that is there must agree in either case.
pub fn verify(package: Package, key: Option<&str>) -> Result<Verified> {
    let Package { name, bytes, checksum, signature } = package;
    if let Some(checksum) = &checksum {
        let wanted = checksum.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        if wanted != hex(Sha256::digest(&bytes).as_ref()) {
            return Err(Error::Checksum(name));
        }
    }
    let proof = match (key, signature) {
        (Some(key), Some(signature)) => {
            let wrong = |e: minisign_verify::Error| Error::Signature(name.clone(), e.to_string());
            let key = public_key(key)?;
            let signature = Signature::decode(&signature).map_err(wrong)?;
            key.verify(&bytes, &signature, false).map_err(wrong)?;
            Proof::Signature
        }
        (Some(_), None) => return Err(Error::Unsigned(name)),
        (None, _) if checksum.is_some() => Proof::Checksum,
        (None, _) => return Err(Error::Unproven(name)),
    };
    Ok(Verified { name, bytes, proof })
}

fn public_key(text: &str) -> Result<PublicKey> {
    let text = text.trim();
    let key = match text.lines().count() {
        1 => PublicKey::from_base64(text),
        _ => PublicKey::decode(text),
    };
    key.map_err(|e| Error::Key(e.to_string()))
}
