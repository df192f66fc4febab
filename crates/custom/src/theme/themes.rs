//! The themes there are, and which of them a client sees.

use std::collections::BTreeMap;

use rust_embed::RustEmbed;

use super::{Theme, file};
use segno_base::text::diagnostic::closest;
use segno_config::sections::looks::{AUTO, Looks};
use segno_term::input::ColorScheme;

#[derive(RustEmbed)]
#[folder = "../../defaults/themes/"]
struct Embedded;

/// What a theme of one's own begins with.
pub const EXAMPLE: &str = include_str!("../../../../defaults/themes/night.toml");

/// Without any colour.
const MONO: &str = "mono";
const DEFAULT: &str = "default";

/// The embedded themes with the user's over them, by name.
#[derive(Debug, Clone)]
pub struct Themes(BTreeMap<String, Theme>);

/// What decides about a client's theme, besides the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Viewer {
    /// Whether its terminal is light or dark, once that is known.
    pub scheme: Option<ColorScheme>,
    /// It asked for no colours (`NO_COLOR`).
    pub no_color: bool,
    /// It has no more than sixteen colours, so that the shades of a theme would run together.
    pub few_colors: bool,
}

impl Default for Themes {
    fn default() -> Themes {
        Themes::load(&[]).0
    }
}

impl Themes {
    /// The embedded themes, and the user's by name and text; and what is wrong with those.
    pub fn load(user: &[(String, String)]) -> (Themes, Vec<String>) {
        let mut themes = BTreeMap::new();
        for name in Embedded::iter() {
            let text = Embedded::get(&name).and_then(|f| String::from_utf8(f.data.into()).ok());
            if let (Some(text), Some(name)) = (text, name.strip_suffix(".toml")) {
                themes.insert(name.to_string(), file::read(&text, name).0);
            }
        }
        let mut problems = Vec::new();
        for (path, text) in user {
            let (theme, diagnostics) = file::read(text, path);
            problems.extend(diagnostics.iter().map(ToString::to_string));
            let name = path.rsplit('/').next().unwrap_or(path);
            themes.insert(name.strip_suffix(".toml").unwrap_or(name).to_string(), theme);
        }
        (Themes(themes), problems)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The theme of this name.
    pub fn named(&self, name: &str) -> Option<&Theme> {
        self.0.get(name)
    }

    /// Replaces what names no theme by what was there before, and reports it, with the line of the
    /// settings' text that says so.
    pub fn settle(&self, looks: &mut Looks, before: &Looks, text: &str, file: &str) -> Vec<String> {
        let known: Vec<_> = self.names().collect();
        let mut errors = Vec::new();
        let places = [
            (&mut looks.theme, &before.theme),
            (&mut looks.light, &before.light),
            (&mut looks.dark, &before.dark),
        ];
        for (name, old) in places {
            if *name == AUTO || self.0.contains_key(name.as_str()) {
                continue;
            }
            let line = text.lines().position(|line| line.contains(&format!("{name:?}")));
            let line = line.map_or(String::new(), |line| format!(":{}:1", line + 1));
            let hint = match closest(name, known.iter().copied()) {
                Some(meant) => format!("did you mean {meant:?}?"),
                None => format!("there are {}, and auto", known.join(", ")),
            };
            errors.push(format!("{file}{line}: error: there is no theme {name:?}; {hint}"));
            name.clone_from(old);
        }
        errors
    }

    /// The theme that a client sees.
    pub fn pick(&self, looks: &Looks, viewer: Viewer) -> &Theme {
        let name = if viewer.no_color || looks.plain {
            MONO
        } else if viewer.few_colors {
            DEFAULT
        } else if looks.theme == AUTO {
            match viewer.scheme {
                Some(ColorScheme::Light) => &looks.light,
                Some(ColorScheme::Dark) => &looks.dark,
                // Until the terminal has answered, and where it never does.
                None => DEFAULT,
            }
        } else {
            &looks.theme
        };
        // A theme of the user's own is taken with few colours too: it may be made for them.
        let own = viewer.few_colors && !viewer.no_color && !looks.plain;
        let own = own.then(|| self.0.get(&looks.theme)).flatten().filter(|t| !t.has_shades());
        let theme = own.or_else(|| self.0.get(name)).unwrap_or(&Theme::DEFAULT);
        let light = viewer.scheme == Some(ColorScheme::Light) && !viewer.few_colors;
        if light && *theme == Theme::DEFAULT { &Theme::LIGHT } else { theme }
    }
}

/// What `COLORFGBG` says of a terminal that is not known to say more: the last number is the
/// background's.
pub fn scheme_of_env(colorfgbg: &str) -> Option<ColorScheme> {
    match colorfgbg.rsplit(';').next()?.parse::<u8>().ok()? {
        7 | 9..=15 => Some(ColorScheme::Light),
        0..=8 => Some(ColorScheme::Dark),
        16.. => None,
    }
}

/// Whether a background is light or dark to the eye.
pub fn scheme_of((r, g, b): (u8, u8, u8)) -> ColorScheme {
    // Weighted as in ITU-R BT.709, without its gamma: close enough for two answers.
    let light = 2126 * u32::from(r) + 7152 * u32::from(g) + 722 * u32::from(b);
    if light >= 10_000 * 128 { ColorScheme::Light } else { ColorScheme::Dark }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segno_base::screen::cell::{Color, ColorKind};

    fn embedded() -> Vec<(String, String)> {
        let text =
            |name: &str| String::from_utf8(Embedded::get(name).unwrap().data.into()).unwrap();
        Embedded::iter().map(|name| (name.to_string(), text(&name))).collect()
    }

    #[test]
    fn every_embedded_theme_is_flawless_and_complete() {
        let themes = embedded();
        assert_eq!(themes.len(), 10);
        for (name, text) in &themes {
            assert_eq!(file::check(text, name), [], "{name}");
            let table: toml::Table = text.parse().unwrap();
            assert_eq!(table["styles"].as_table().unwrap().len(), 16, "{name}");
        }
        let kinds = |kind: &str| {
            let line = format!("\nkind = \"{kind}\"\n");
            themes.iter().filter(|(_, text)| text.contains(&line)).count()
        };
        assert_eq!((kinds("light"), kinds("dark"), kinds("any")), (4, 4, 2));
    }

    #[test]
    fn the_default_is_what_is_built_in() {
        let (themes, _) = Themes::load(&[]);
        assert_eq!(themes.0["default"], Theme::DEFAULT);
        assert_eq!(themes.pick(&Looks::default(), Viewer::default()), &Theme::DEFAULT);
        let mono = format!("{:?}", themes.0["mono"]);
        assert!(!mono.contains("Indexed") && !mono.contains("Rgb"), "{mono}");
    }

    /// WCAG's contrast of two colours.
    fn contrast(a: Color, b: Color) -> f64 {
        let light = |color: Color| {
            let ColorKind::Rgb(r, g, b) = color.kind() else { panic!("{color:?}") };
            let part = |v: u8| {
                let v = f64::from(v) / 255.0;
                if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
        };
        let (a, b) = (light(a), light(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_theme_can_be_read() {
        for (name, text) in embedded() {
            if name.starts_with("default") || name.starts_with("mono") {
                continue;
            }
            let t = file::read(&text, &name).0;
            for ground in [t.bar.bg, t.panel.bg] {
                assert!(contrast(t.text.fg, ground) >= 4.5, "{name}: text");
                let signs = [t.accent, t.attention, t.working, t.done, t.error, t.retrying];
                for (i, style) in [t.quiet, t.message].into_iter().chain(signs).enumerate() {
                    let contrast = contrast(style.fg, ground);
                    assert!(contrast >= 4.5, "{name}: style {i} has {contrast:.1}");
                }
            }
            for style in [t.tab_active, t.badge, t.selected] {
                let contrast = contrast(style.fg, style.bg);
                assert!(contrast >= 4.5, "{name}: {style:?} has {contrast:.1}");
            }
            assert_eq!(t.selected, t.tab_active, "{name}: one highlight");
        }
    }

    /// The terminal's own ground is not known, but such are white or nearly so.
    #[test]
    fn the_default_can_be_read_on_a_light_terminal() {
        let t = Theme::LIGHT;
        let signs = [t.accent, t.message, t.attention, t.working, t.done, t.error, t.retrying];
        for (ground, style) in [Color::Rgb(255, 255, 255), Color::Rgb(0xfd, 0xf6, 0xe3)]
            .into_iter()
            .flat_map(|g| signs.into_iter().chain([t.tab_active, t.badge]).map(move |s| (g, s)))
        {
            assert!(contrast(style.fg, ground) >= 4.5, "{style:?} on {ground:?}");
        }
    }

    #[test]
    fn a_client_sees_what_fits_its_terminal() {
        let mine = "[styles]\ntext = \"#010203\"\n".to_string();
        let (themes, problems) = Themes::load(&[("/home/ada/themes/mine.toml".into(), mine)]);
        assert_eq!(problems, [""; 0]);
        let auto = Looks { theme: AUTO.into(), dark: "mine".into(), ..Looks::default() };
        let is = |looks: &Looks, viewer, name: &str| {
            assert_eq!(themes.pick(looks, viewer), &themes.0[name]);
        };
        let viewer = |scheme| Viewer { scheme, ..Viewer::default() };
        is(&auto, viewer(None), "default");
        is(&auto, viewer(Some(ColorScheme::Light)), "paper");
        is(&auto, viewer(Some(ColorScheme::Dark)), "mine");
        is(&auto, Viewer { no_color: true, ..viewer(Some(ColorScheme::Dark)) }, "mono");
        is(&auto, Viewer { few_colors: true, ..viewer(Some(ColorScheme::Dark)) }, "default");
        let mono = Looks { theme: MONO.into(), ..Looks::default() };
        is(&mono, Viewer { few_colors: true, ..Viewer::default() }, "mono");
        is(&Looks { plain: true, ..auto.clone() }, viewer(None), "mono");
        let settle =
            |looks: &mut Looks| themes.settle(looks, &mono, "[looks]\ntheme = \"nihgt\"\n", "f");
        assert_eq!(settle(&mut auto.clone()), [""; 0]);
        let mut lost = Looks { theme: "nihgt".into(), ..Looks::default() };
        let error = "f:2:1: error: there is no theme \"nihgt\"; did you mean \"night\"?";
        assert_eq!(settle(&mut lost), [error]);
        assert_eq!(lost.theme, MONO, "what was there before");
    }

    #[test]
    fn backgrounds_are_light_or_dark() {
        assert_eq!(scheme_of((253, 246, 227)), ColorScheme::Light);
        assert_eq!(scheme_of((0, 43, 54)), ColorScheme::Dark);
        assert_eq!(scheme_of_env("15;0"), Some(ColorScheme::Dark));
        assert_eq!(scheme_of_env("0;default;15"), Some(ColorScheme::Light));
        assert_eq!(scheme_of_env("0;default"), None);
    }
}
