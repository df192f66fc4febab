//! A package as it lies in files, and the program in one that was verified.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use crate::error::{Error, Result};
use crate::verify::Verified;

/// More bytes than any release, packed or not, has.
pub const LIMIT: u64 = 512 << 20;
/// More bytes than a checksum or a signature has.
pub(crate) const SMALL: u64 = 64 << 10;
/// The program's file.
const PROGRAM: &str = "segno";
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Bytes that nobody has checked yet, and what came with them.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its file's name or its address, for messages.
    pub name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) checksum: Option<String>,
    pub(crate) signature: Option<String>,
}

impl Package {
    /// Reads a file, and its checksum and signature where there are any.
    pub fn read(path: &Path) -> Result<Package> {
        let name = path.display().to_string();
        let bytes = read(path, LIMIT)?.ok_or_else(|| {
            Error::Read(path.to_owned(), io::Error::from(io::ErrorKind::NotFound))
        })?;
        let beside = |ending: &str| {
            let mut beside = path.as_os_str().to_owned();
            beside.push(ending);
            let text = read(Path::new(&beside), SMALL)?;
            Ok(text.map(|text| String::from_utf8_lossy(&text).into_owned()))
        };
        let (checksum, signature) = (beside(".sha256")?, beside(".minisig")?);
        Ok(Package { name, bytes, checksum, signature })
    }
}

/// The bytes of a file; `None` when there is none.
fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    let failed = |e| Error::Read(path.to_owned(), e);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(e)),
    };
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    match bytes.len() as u64 > limit {
        true => Err(Error::Large(path.display().to_string())),
        false => Ok(Some(bytes)),
    }
}

/// The program of a verified package: what it holds as `segno`, or itself where it is no archive.
pub fn program(package: &Verified) -> Result<Vec<u8>> {
    if !package.bytes().starts_with(GZIP) {
        return Ok(package.bytes().to_vec());
    }
    let failed = |e| Error::Unpack(package.name().to_owned(), e);
    let mut archive = tar::Archive::new(GzDecoder::new(package.bytes()).take(LIMIT));
    for entry in archive.entries().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let is_program = entry.header().entry_type().is_file()
            && entry.path().map_err(failed)?.file_name().is_some_and(|name| name == PROGRAM);
        if is_program {
            let (mut program, size) = (Vec::new(), entry.size());
            entry.take(LIMIT).read_to_end(&mut program).map_err(failed)?;
            if program.len() as u64 != size {
                return Err(failed(io::ErrorKind::UnexpectedEof.into()));
            }
            return Ok(program);
        }
    }
    Err(Error::Empty(package.name().to_owned()))
}
