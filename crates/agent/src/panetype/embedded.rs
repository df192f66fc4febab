//! What is built into the program: the pane types of `defaults/panes/` and the trackers' files of
//! `assets/`. Knows none of them by name.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../defaults/panes/"]
struct Panes;

#[derive(RustEmbed)]
#[folder = "../../assets/"]
struct Assets;

/// The embedded pane types: file name and text.
pub fn embedded_types() -> Vec<(String, String)> {
    let read = |name: Cow<'static, str>| {
        let text = String::from_utf8(Panes::get(&name)?.data.into_owned()).ok()?;
        Some((name.into_owned(), text))
    };
    Panes::iter().filter(|name| name.ends_with(".toml")).filter_map(read).collect()
}

/// The text of the embedded type with this name.
pub fn embedded_text(name: &str) -> Option<String> {
    let file = format!("{name}.toml");
    embedded_types().into_iter().find(|(known, _)| *known == file).map(|(_, text)| text)
}

/// A file of an embedded type's tracker.
pub fn embedded_asset(type_name: &str, file: &str) -> Option<Cow<'static, [u8]>> {
    // Debug builds read from the source tree, where such a name could reach outside of it.
    if type_name.contains('/') || !stays_below(type_name) || !stays_below(file) {
        return None;
    }
    Some(Assets::get(&format!("{type_name}/{file}"))?.data)
}

/// Whether a relative path leads to something below where it begins.
pub(super) fn stays_below(path: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    !path.contains('\\') && path.split('/').all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_type_is_flawless_and_has_its_files() {
        let types = embedded_types();
        assert!(!types.is_empty());
        for (file, text) in types {
            let checked = crate::panetype::check(&text, &file);
            assert_eq!(checked.diagnostics, [], "{file}");
            let ty = checked.pane_type.unwrap();
            assert_eq!(format!("{}.toml", ty.name), file);
            for asset in ty.tracker.iter().flat_map(|tracker| &tracker.assets) {
                assert!(embedded_asset(&ty.name, asset).is_some(), "{}: {asset}", ty.name);
            }
        }
    }

    #[test]
    fn nothing_outside_is_reached() {
        assert!(embedded_asset("..", "Cargo.toml").is_none());
        assert!(embedded_asset("demo", "../../Cargo.toml").is_none());
    }
}
