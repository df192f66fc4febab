//! Why a package is not used.

use std::io;
use std::path::PathBuf;

/// Shorthand.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a package is not used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read {0}: {1}")]
    Read(PathBuf, io::Error),
    /// It is larger than any release.
    #[error("{0} is larger than any release")]
    Large(String),
    /// Nothing beside it says what its bytes are.
    #[error("{0} has neither a checksum ({0}.sha256) nor a signature ({0}.minisig)")]
    Unproven(String),
    /// Its bytes are not those that the checksum is of.
    #[error("{0} is damaged: its checksum differs")]
    Checksum(String),
    /// A key is known, and there is no signature by it.
    #[error("{0} has no signature ({0}.minisig)")]
    Unsigned(String),
    /// The signature is not by the known key, or not of these bytes.
    #[error("the signature of {0} is wrong: {1}")]
    Signature(String, String),
    /// The key itself cannot be used.
    #[error("the key is no minisign public key: {0}")]
    Key(String),
    /// It was to come over the network, and there is no key to check it by.
    #[error("this build knows no key by which releases are signed")]
    NoKey,
    /// It does not hold the program.
    #[error("{0} does not hold a program named segno")]
    Empty(String),
    /// It cannot be unpacked.
    #[error("cannot unpack {0}: {1}")]
    Unpack(String, io::Error),
    /// The address is none, or not safe.
    #[error("{0:?} is no address of releases: {1}")]
    Address(String, &'static str),
    /// It cannot be fetched.
    #[error("cannot fetch {0}: {1}")]
    Fetch(String, String),
}
