//! What git prints, taken apart.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Paths that end with NUL each.
pub fn paths(bytes: &[u8]) -> impl Iterator<Item = &Path> {
    fields(bytes).map(|field| Path::new(OsStr::from_bytes(field)))
}

/// Fields that end with NUL each.
pub fn fields(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == 0).filter(|field| !field.is_empty())
}

/// A path of bytes.
pub fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// Whether it is an object's name in full.
pub fn is_oid(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A path as git quotes it in patches; as it is where nothing needs it.
pub fn quoted(path: &[u8]) -> Vec<u8> {
    if !path.iter().any(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\' | 0x7f)) {
        return path.to_vec();
    }
    let mut text = vec![b'"'];
    for byte in path {
        match byte {
            b'"' | b'\\' => text.extend([b'\\', *byte]),
            b'\n' => text.extend(b"\\n"),
            b'\t' => text.extend(b"\\t"),
            0..0x20 | 0x7f => text.extend(format!("\\{byte:03o}").bytes()),
            _ => text.push(*byte),
        }
    }
    text.push(b'"');
    text
}

/// What stands quoted at the beginning, and what is behind it.
pub fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut path = Vec::new();
    loop {
        let (first, after) = rest.split_first()?;
        rest = after;
        match first {
            b'"' => return Some((path, rest)),
            b'\\' => {
                let (sign, after) = rest.split_first()?;
                rest = after;
                path.push(match sign {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'a' => 7,
                    b'b' => 8,
                    b'v' => 11,
                    b'f' => 12,
                    b'0'..=b'3' => {
                        let digits = rest.get(..2)?;
                        rest = &rest[2..];
                        let octal = [*sign, digits[0], digits[1]];
                        u8::from_str_radix(str::from_utf8(&octal).ok()?, 8).ok()?
                    }
                    other => *other,
                });
            }
            other => path.push(*other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_read_again() {
        for path in [&b"a \"b\"\\c\n\t\x01\x7f"[..], "ä漢 x".as_bytes(), b"\xff\n"] {
            let text = quoted(path);
            match text.first() {
                Some(b'"') => assert_eq!(unquote(&text), Some((path.to_vec(), &b""[..]))),
                _ => assert_eq!(text, path),
            }
        }
        assert_eq!(unquote(b"\"\\303\\244\" x"), Some(("ä".as_bytes().to_vec(), &b" x"[..])));
        assert_eq!(unquote(b"\"open"), None);
    }
}
