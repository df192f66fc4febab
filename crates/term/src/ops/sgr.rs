//! SGR: colours and attributes of the pen, read and written.

use std::fmt::Write as _;

use crate::parse::csi::Csi;
use crate::state::cell::{PROTECTED, Pen};
use segno_base::screen::cell::{Attrs, Color, ColorKind, Extra, Style};

/// Applies an SGR sequence to a pen.
pub(crate) fn apply(pen: &mut Pen, csi: &Csi) {
    let mut i = 0;
    while i < csi.len() {
        let at = i;
        let subs = csi.subs(at);
        i += 1 + subs.len();
        let on = |pen: &mut Pen, attr: Attrs| pen.style.attrs = pen.style.attrs.with(attr);
        let off = |pen: &mut Pen, attr: Attrs| pen.style.attrs = pen.style.attrs.without(attr);
        let underline = |pen: &mut Pen, attr: Attrs| {
            pen.style.attrs = pen.style.attrs.without(Attrs::ANY_UNDERLINE).with(attr);
        };
        let code = csi.get(at);
        match code {
            0 => {
                // Protection is no look.
                let attrs = Attrs(pen.style.attrs.0 & PROTECTED.0);
                pen.style = Style { attrs, ..Style::default() };
                set_underline_color(pen, None);
            }
            1 => on(pen, Attrs::BOLD),
            2 => on(pen, Attrs::DIM),
            3 => on(pen, Attrs::ITALIC),
            4 => underline(
                pen,
                match subs.first() {
                    Some(0) => Attrs::NONE,
                    Some(2) => Attrs::DOUBLE_UNDERLINE,
                    Some(3) => Attrs::CURLY_UNDERLINE,
                    Some(4) => Attrs::DOTTED_UNDERLINE,
                    Some(5) => Attrs::DASHED_UNDERLINE,
                    _ => Attrs::UNDERLINE,
                },
            ),
            5 | 6 => on(pen, Attrs::BLINK),
            7 => on(pen, Attrs::REVERSE),
            8 => on(pen, Attrs::HIDDEN),
            9 => on(pen, Attrs::STRIKE),
            21 => underline(pen, Attrs::DOUBLE_UNDERLINE),
            22 => off(pen, Attrs::BOLD.with(Attrs::DIM)),
            23 => off(pen, Attrs::ITALIC),
            24 => underline(pen, Attrs::NONE),
            25 => off(pen, Attrs::BLINK),
            27 => off(pen, Attrs::REVERSE),
            28 => off(pen, Attrs::HIDDEN),
            29 => off(pen, Attrs::STRIKE),
            30..=37 => pen.style.fg = Color::Indexed((code - 30) as u8),
            39 => pen.style.fg = Color::Default,
            40..=47 => pen.style.bg = Color::Indexed((code - 40) as u8),
            49 => pen.style.bg = Color::Default,
            59 => set_underline_color(pen, None),
            90..=97 => pen.style.fg = Color::Indexed((code - 90) as u8 + 8),
            100..=107 => pen.style.bg = Color::Indexed((code - 100) as u8 + 8),
            38 | 48 | 58 => {
                let color = if subs.is_empty() {
                    let rest = [csi.get(at + 1), csi.get(at + 2), csi.get(at + 3), csi.get(at + 4)];
                    let (color, used) = color(&rest);
                    i += used;
                    color
                } else {
                    color_of_subs(subs)
                };
                match (color, code) {
                    (Some(color), 38) => pen.style.fg = color,
                    (Some(color), 48) => pen.style.bg = color,
                    (Some(color), _) => set_underline_color(pen, Some(color)),
                    (None, _) => {}
                }
            }
            _ => {}
        }
    }
}

/// A colour of semicolon parameters, and how many of them it took.
fn color(params: &[u16; 4]) -> (Option<Color>, usize) {
    match params[0] {
        2 => (rgb(&params[1..4]), 4),
        5 => (indexed(params[1]), 2),
        _ => (None, 1),
    }
}

/// A colour of sub-parameters; the colour space of the long form is skipped.
fn color_of_subs(subs: &[u16]) -> Option<Color> {
    match subs {
        [2, _, r, g, b, ..] | [2, r, g, b] => rgb(&[*r, *g, *b]),
        [5, index, ..] => indexed(*index),
        _ => None,
    }
}

fn rgb(parts: &[u16]) -> Option<Color> {
    let part = |i: usize| parts.get(i).and_then(|&p| u8::try_from(p).ok());
    Some(Color::Rgb(part(0)?, part(1)?, part(2)?))
}

fn indexed(index: u16) -> Option<Color> {
    u8::try_from(index).ok().map(Color::Indexed)
}

fn set_underline_color(pen: &mut Pen, color: Option<Color>) {
    if color.is_some() || pen.extra.is_some() {
        pen.edit_extra(|extra| extra.underline = color);
    }
}

/// The parameters that make a style from a reset pen, beginning with `0`.
pub(crate) fn parameters(style: Style, extra: Option<&Extra>) -> String {
    let mut out = String::from("0");
    for (attr, code) in [
        (Attrs::BOLD, "1"),
        (Attrs::DIM, "2"),
        (Attrs::ITALIC, "3"),
        (Attrs::UNDERLINE, "4"),
        (Attrs::DOUBLE_UNDERLINE, "4:2"),
        (Attrs::CURLY_UNDERLINE, "4:3"),
        (Attrs::DOTTED_UNDERLINE, "4:4"),
        (Attrs::DASHED_UNDERLINE, "4:5"),
        (Attrs::BLINK, "5"),
        (Attrs::REVERSE, "7"),
        (Attrs::HIDDEN, "8"),
        (Attrs::STRIKE, "9"),
    ] {
        if style.attrs.contains(attr) {
            out.push(';');
            out.push_str(code);
        }
    }
    for (color, base) in [(style.fg, 30), (style.bg, 40)] {
        let _ = match color.kind() {
            ColorKind::Default => Ok(()),
            ColorKind::Indexed(n @ 0..=7) => write!(out, ";{}", base + n as u16),
            ColorKind::Indexed(n @ 8..=15) => write!(out, ";{}", base + 52 + n as u16),
            ColorKind::Indexed(n) => write!(out, ";{};5;{n}", base + 8),
            ColorKind::Rgb(r, g, b) => write!(out, ";{};2;{r};{g};{b}", base + 8),
        };
    }
    let _ = match extra.and_then(|extra| extra.underline).map(Color::kind) {
        None | Some(ColorKind::Default) => Ok(()),
        Some(ColorKind::Indexed(n)) => write!(out, ";58:5:{n}"),
        Some(ColorKind::Rgb(r, g, b)) => write!(out, ";58:2::{r}:{g}:{b}"),
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pen(body: &str) -> Pen {
        let mut pen = Pen::default();
        apply(&mut pen, &Csi::parse(body.as_bytes(), b'm').unwrap());
        pen
    }

    #[test]
    fn colours_in_every_spelling() {
        assert_eq!(pen("31").style.fg, Color::Indexed(1));
        assert_eq!(pen("97;104").style.fg, Color::Indexed(15));
        assert_eq!(pen("97;104").style.bg, Color::Indexed(12));
        assert_eq!(pen("38;5;200").style.fg, Color::Indexed(200));
        assert_eq!(pen("38:5:200;1").style.fg, Color::Indexed(200));
        assert_eq!(pen("38;2;1;2;3;1").style.fg, Color::Rgb(1, 2, 3));
        assert_eq!(pen("38;2;1;2;3;1").style.attrs, Attrs::BOLD);
        assert_eq!(pen("48:2:1:2:3").style.bg, Color::Rgb(1, 2, 3));
        assert_eq!(pen("48:2::1:2:3").style.bg, Color::Rgb(1, 2, 3));
        assert_eq!(pen("58:2::1:2:3").extra.unwrap().underline, Some(Color::Rgb(1, 2, 3)));
        assert_eq!(pen("58;5;3;59").extra, None);
        assert_eq!(pen("38;5;300").style.fg, Color::Default);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for body in ["0;1;4:3;5;9;31;102;58:5:7", "0;2;3;7;8;38;5;99;48;2;1;2;3", "0;4:5;90;40"] {
            let pen = pen(body);
            assert_eq!(parameters(pen.style, pen.extra.as_deref()), body);
        }
    }
}
