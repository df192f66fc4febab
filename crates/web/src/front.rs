//! The pages: plain modules and what is vendored, embedded.

use std::borrow::Cow;

use rust_embed::RustEmbed;

use segno_base::text::hex::hex;

#[derive(RustEmbed)]
#[folder = "ui"]
struct Embedded;

/// A file of the pages.
pub struct Page {
    pub bytes: Cow<'static, [u8]>,
    pub mime: &'static str,
    /// Another one for other content.
    pub tag: String,
}

/// The page that everything begins with.
pub const INDEX: &str = "index.html";
/// What browsers run while no page is open.
pub const WORKER: &str = "worker.js";

/// A file by its path below `ui/`, exactly.
pub fn page(path: &str) -> Option<Page> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "./_-".contains(c);
    if !path.chars().all(plain) || path.split('/').any(|part| part.is_empty() || part == "..") {
        return None;
    }
    let mime = mime(path)?;
    let file = Embedded::get(path)?;
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..16]));
    Some(Page { bytes: file.data, mime, tag })
}

/// What is served has a type that is known; nothing else is.
fn mime(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    use sha2::{Digest, Sha256};

    #[test]
    fn nothing_but_the_pages_is_served() {
        assert!(page(INDEX).is_some());
        for path in [
            "../Cargo.toml",
            "./../src/lib.rs",
            "vendor/../../Cargo.toml",
            "/etc/passwd",
            "",
            "vendor",
            "vendor/CHECKSUMS",
            "index.html\0.js",
            "%2e%2e/Cargo.toml",
            "..\\Cargo.toml",
        ] {
            assert!(page(path).is_none(), "{path}");
        }
    }

    /// What is vendored is what was looked at: `vendor/CHECKSUMS` has a line for each file.
    #[test]
    fn what_is_vendored_is_as_it_was_published() {
        let vendor = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/vendor");
        let listed = fs::read_to_string(vendor.join("CHECKSUMS")).unwrap();
        let mut names: Vec<&str> = Vec::new();
        for line in listed.lines() {
            let (wanted, name) = line.split_once("  ").unwrap();
            let digest = Sha256::digest(fs::read(vendor.join(name)).unwrap());
            assert_eq!(segno_base::text::hex::hex(&digest), wanted, "{name}");
            names.push(name);
        }
        for entry in fs::read_dir(&vendor).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let is_listed = name == "CHECKSUMS" || names.contains(&name.as_str());
            assert!(is_listed, "{name} is not in CHECKSUMS");
        }
        assert!(names.contains(&"LICENSE.xterm"));
    }

    /// Pages ask nobody else, and put in nothing as markup.
    #[test]
    fn pages_have_text_and_no_markup_from_outside() {
        let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
        let mut scripts = 0;
        for entry in fs::read_dir(ui.join("js")).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            for word in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "DOMParser",
                "createContextualFragment",
                "eval(",
                "new Function",
                "http://",
                "https://",
                "javascript:",
            ] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
            scripts += 1;
        }
        assert!(scripts > 5);
        let index = fs::read_to_string(ui.join(INDEX)).unwrap();
        assert!(
            !index.contains("<script>") && !index.contains("://") && !index.contains("onclick")
        );
    }
}
