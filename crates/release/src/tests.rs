//! Packages that are whole and signed, and others.

use std::io::Write;
use std::path::Path;

use crate::error::Error;
use crate::package::{Package, program};
use crate::remote::Remote;
use crate::verify::{Proof, verify};

const BYTES: &[u8] = b"program";
const SUM: &str = "1310ca2c8932dbd118668bd97442558a3e1f546b5e15c69699dfbd6024f548d8";
const KEY: &str = "RWSrKCKy/6KZ4Mnj6KOoBJBVKrXlP4ZR+oVgiaorL7VERaQRCctjOy32";
const OTHER: &str = "RWQhsLH5psi2kMsg+yvirxSUzs9vX8dft4kX6ApaXWtDx3+3bX6Q7Wg/";
const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUSrKCKy/6KZ4EBiHcTNEIeLuNJiwvL2px2pLPwA6xBTg9KAu4z34lXJejsFbDmf6dezXeyo/Yo3S5vCxIVdL17vzw/9YWnOLgY=
trusted comment: segno test
p23Mrgb8z83GPeMzFo237Ijbr2tiqHyqAGBWbg6pkIEPTsxo2GIpU39XlVaOyRmKpE/flWYi6NnUaxCRIYYMDA==
";

fn package(bytes: &[u8], checksum: Option<&str>, signature: Option<&str>) -> Package {
    Package {
        name: "p".into(),
        bytes: bytes.into(),
        checksum: checksum.map(Into::into),
        signature: signature.map(Into::into),
    }
}

#[test]
fn a_signed_package_is_accepted_by_its_key_alone() {
    let line = format!("{SUM}  p\n");
    let signed = package(BYTES, Some(&line), Some(SIGNATURE));
    let file = format!("untrusted comment: of a file\n{KEY}\n");
    for key in [KEY, file.as_str()] {
        assert_eq!(verify(signed.clone(), Some(key)).unwrap().proof(), Proof::Signature);
    }
    assert_eq!(verify(signed.clone(), None).unwrap().proof(), Proof::Checksum);
    let wrong = [
        (signed.clone(), Some(OTHER)),
        (package(b"another", None, Some(SIGNATURE)), Some(KEY)),
        (package(BYTES, None, Some("nothing")), Some(KEY)),
    ];
    for (package, key) in wrong {
        let error = verify(package, key).unwrap_err();
        assert!(matches!(error, Error::Signature(..)), "{error}");
    }
    assert!(matches!(verify(signed, Some("no key")), Err(Error::Key(_))));
}

#[test]
fn what_proves_nothing_is_refused() {
    let bare = package(BYTES, None, None);
    assert!(matches!(verify(bare, None), Err(Error::Unproven(_))));
    let unsigned = package(BYTES, Some(SUM), None);
    assert!(matches!(verify(unsigned, Some(KEY)), Err(Error::Unsigned(_))));
    for key in [None, Some(KEY)] {
        let damaged = package(b"Program", Some(SUM), Some(SIGNATURE));
        assert!(matches!(verify(damaged, key), Err(Error::Checksum(_))));
    }
}

#[test]
fn the_program_is_found_in_an_archive() {
    let directory = tempfile::tempdir().unwrap();
    let packed = |entries: &[(&str, &[u8])], cut: usize| {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            archive.append_data(&mut header, name, *bytes).unwrap();
        }
        let mut tar = archive.into_inner().unwrap();
        tar.truncate(tar.len() - cut);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&tar).unwrap();
        let path = directory.path().join("p.tar.gz");
        let bytes = gzip.finish().unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let sum = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
        let sum = segno_base::text::hex::hex(sum.as_ref());
        std::fs::write(directory.path().join("p.tar.gz.sha256"), sum).unwrap();
        program(&verify(Package::read(&path).unwrap(), None).unwrap())
    };
    let entries: &[(&str, &[u8])] = &[("segno-1/README.md", b"read"), ("segno-1/segno", BYTES)];
    assert_eq!(packed(entries, 0).unwrap(), BYTES);
    assert!(matches!(packed(&entries[..1], 0), Err(Error::Empty(_))));
    // Two blocks end an archive, and the third from the end has the program.
    assert!(matches!(packed(entries, 3 * 512), Err(Error::Unpack(..))));
}

#[test]
fn a_file_that_is_missing_is_named() {
    let error = Package::read(Path::new("/nowhere/p.tar.gz")).unwrap_err().to_string();
    assert!(error.contains("/nowhere/p.tar.gz"), "{error}");
}

#[test]
fn only_safe_addresses_are_asked() {
    for address in ["https://a.test/b", "http://127.0.0.1:80/b", "http://localhost/b"] {
        assert!(Remote::new(address).is_ok(), "{address}");
    }
    let wrong = ["http://a.test", "http://localhost.test/", "ftp://a", "a", "https://a.test/b c"];
    for address in wrong.into_iter().chain(["https://segno.example/segno"]) {
        assert!(matches!(Remote::new(address), Err(Error::Address(..))), "{address}");
    }
}
