//! Random bytes of the system's, and names made of them.

use std::fs::File;
use std::io::{self, Read};

use crate::text::hex::hex;

/// Bytes that nobody can guess.
pub fn bytes() -> io::Result<[u8; 16]> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A name that nothing else has: 32 hexadecimal digits.
pub fn token() -> io::Result<String> {
    Ok(hex(&bytes()?))
}
