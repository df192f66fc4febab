//! A theme's file: names for colours, and a style for each kind of thing.

use std::collections::BTreeMap;

use super::Theme;
use segno_base::screen::cell::{Attrs, Color, Style};
use segno_base::text::diagnostic::{Diagnostic, Reports};
use segno_config::reader::{self, Section};

/// The terminal's own colours, in the order of their numbers.
const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

const ATTRS: [(&str, Attrs); 5] = [
    ("bold", Attrs::BOLD),
    ("dim", Attrs::DIM),
    ("italic", Attrs::ITALIC),
    ("underline", Attrs::UNDERLINE),
    ("reverse", Attrs::REVERSE),
];

/// What is wrong with a theme's text.
pub fn check(text: &str, file: &str) -> Vec<Diagnostic> {
    read(text, file).1
}

/// The theme that a text describes. What is wrong in it, and what it leaves out, is as in the
/// default theme.
pub fn read(text: &str, file: &str) -> (Theme, Vec<Diagnostic>) {
    let mut theme = Theme::DEFAULT;
    let mut reports = Reports::new(file, text);
    let table = reader::parse(text, &mut reports);
    let mut root = Section::root(&table);
    let _ = root.string(&mut reports, "title");
    let _ = root.choice(&mut reports, "kind", &[("light", ()), ("dark", ()), ("any", ())]);
    let mut colors = BTreeMap::new();
    for (name, value) in root.string_map(&mut reports, "colors") {
        match color(value.get_ref(), &colors) {
            Some(color) => drop(colors.insert(name.get_ref().clone(), color)),
            None => reports.error(value.span(), no_color(value.get_ref())),
        }
    }
    if let Some(mut section) = root.section(&mut reports, "styles") {
        for (name, place) in places(&mut theme) {
            let Some(text) = section.string(&mut reports, name) else { continue };
            match style(text.get_ref(), &colors) {
                Ok(style) => *place = style,
                Err(message) => reports.error(text.span(), message),
            }
        }
        section.finish(&mut reports);
    }
    root.finish(&mut reports);
    (theme, reports.finish())
}

fn places(theme: &mut Theme) -> [(&'static str, &mut Style); 16] {
    [
        ("text", &mut theme.text),
        ("quiet", &mut theme.quiet),
        ("accent", &mut theme.accent),
        ("line", &mut theme.line),
        ("line_focused", &mut theme.line_focused),
        ("bar", &mut theme.bar),
        ("panel", &mut theme.panel),
        ("tab_active", &mut theme.tab_active),
        ("selected", &mut theme.selected),
        ("badge", &mut theme.badge),
        ("message", &mut theme.message),
        ("attention", &mut theme.attention),
        ("working", &mut theme.working),
        ("done", &mut theme.done),
        ("error", &mut theme.error),
        ("retrying", &mut theme.retrying),
    ]
}

fn no_color(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    format!(
        "{short:?} is no colour; write \"#rrggbb\", 0 to 255, a name such as \"cyan\", or one of [colors]"
    )
}

fn color(text: &str, colors: &BTreeMap<String, Color>) -> Option<Color> {
    if let Some(color) = colors.get(text) {
        return Some(*color);
    }
    if text == "default" {
        return Some(Color::Default);
    }
    if let Some(digits) = text.strip_prefix('#') {
        if !digits.is_ascii() {
            return None;
        }
        let part = |at: usize, len: usize| {
            let digits = digits.get(at * len..(at + 1) * len)?;
            let value = u8::from_str_radix(digits, 16).ok()?;
            Some(if len == 1 { value * 17 } else { value })
        };
        let len = match digits.len() {
            3 => 1,
            6 => 2,
            _ => return None,
        };
        return Some(Color::Rgb(part(0, len)?, part(1, len)?, part(2, len)?));
    }
    let (name, bright) = match text.strip_prefix("bright-") {
        Some(name) => (name, 8),
        None => (text, 0),
    };
    if let Some(index) = NAMES.iter().position(|known| *known == name) {
        return Some(Color::Indexed(index as u8 + bright));
    }
    text.parse().ok().map(Color::Indexed)
}

fn style(text: &str, colors: &BTreeMap<String, Color>) -> Result<Style, String> {
    let mut style = Style::default();
    let mut ground = false;
    for word in text.split_whitespace() {
        if word == "on" {
            ground = true;
        } else if let Some((_, attr)) = ATTRS.iter().find(|(name, _)| *name == word) {
            style.attrs = style.attrs.with(*attr);
        } else {
            let color = color(word, colors).ok_or_else(|| no_color(word))?;
            if ground {
                style.bg = color;
            } else {
                style.fg = color;
            }
            ground = false;
        }
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_read() {
        let colors = BTreeMap::from([("sea".to_string(), Color::Rgb(1, 2, 3))]);
        let read = |text| style(text, &colors);
        let bold = |fg, bg| Ok(Style::new(fg, bg, Attrs::BOLD));
        assert_eq!(read("bold sea on black"), bold(Color::Rgb(1, 2, 3), Color::Indexed(0)));
        assert_eq!(read("on sea bold bright-red"), bold(Color::Indexed(9), Color::Rgb(1, 2, 3)));
        assert_eq!(read("bold #fff on 240"), bold(Color::Rgb(255, 255, 255), Color::Indexed(240)));
        assert_eq!(read(""), Ok(Style::default()));
        for bad in ["blod", "256", "#12", "#ééé", "bright-sea", "-1"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_is_reported_with_its_line() {
        let text =
            "[colors]\nsea = \"#12345\"\n[styles]\ntext = \"see\"\nquiet = \"dim\"\nqiet = 1\n";
        let (theme, diagnostics) = read(text, "t");
        let diagnostics: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(diagnostics.len(), 3, "{diagnostics:#?}");
        assert!(diagnostics[0].starts_with("t:2:7: error: \"#12345\" is no colour"));
        assert!(diagnostics[1].starts_with("t:4:8: error: \"see\" is no colour"));
        assert!(diagnostics[2].contains("did you mean `quiet`?"));
        assert_eq!(theme.text, Theme::DEFAULT.text);
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,120}", style in "\\PC{0,40}") {
            read(&text, "t");
            read(&format!("[colors]\na = {style:?}\n[styles]\ntext = {style:?}\n"), "t");
        }
    }
}
