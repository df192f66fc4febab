//! Widgets of ratatui in our frames: styles one way, cells the other.
//!
//! Only dialogs go this way; what a pane shows must not, since ratatui's cells hold less.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect as TuiRect;
use ratatui::style::{Color as TuiColor, Modifier, Style as TuiStyle};
use ratatui::symbols::border;
use ratatui::widgets::{Block, BorderType, Widget};
use unicode_width::UnicodeWidthStr;

use segno_base::screen::cell::{Attrs, Cell, Color, ColorKind, Extra, Style, Width};
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Point, Rect};
use segno_base::text::plain_text::is_plain;
use segno_config::sections::looks::Borders;

const ATTRS: [(Attrs, Modifier); 7] = [
    (Attrs::BOLD, Modifier::BOLD),
    (Attrs::DIM, Modifier::DIM),
    (Attrs::ITALIC, Modifier::ITALIC),
    (Attrs::REVERSE, Modifier::REVERSED),
    (Attrs::HIDDEN, Modifier::HIDDEN),
    (Attrs::STRIKE, Modifier::CROSSED_OUT),
    (Attrs::UNDERLINE, Modifier::UNDERLINED),
];

/// Draws a widget into a part of the frame, cut to it.
pub(super) fn draw(widget: impl Widget, frame: &mut Frame, area: Rect) {
    let right = area.right().min(frame.size().cols);
    let bottom = area.bottom().min(frame.size().rows);
    let area =
        Rect::new(area.x, area.y, right.saturating_sub(area.x), bottom.saturating_sub(area.y));
    if area.is_empty() {
        return;
    }
    let tui = TuiRect::new(area.x, area.y, area.cols, area.rows);
    let mut buffer = Buffer::empty(tui);
    widget.render(tui, &mut buffer);
    blit(&buffer, frame, area);
}

fn blit(buffer: &Buffer, frame: &mut Frame, area: Rect) {
    for y in area.y..area.bottom() {
        let mut x = area.x;
        while x < area.right() {
            let Some(source) = buffer.cell((x, y)) else {
                break;
            };
            let style = style_from(source.fg, source.bg, source.modifier);
            let symbol = source.symbol();
            let wide = symbol.width() >= 2 && x + 1 < area.right();
            let mut chars = symbol.chars();
            let ch = match chars.next() {
                // A wide character cut by the edge, or nothing printable.
                _ if symbol.width() >= 2 && !wide => ' ',
                Some(ch) if is_plain(ch) => ch,
                _ => ' ',
            };
            let combining: Vec<char> = chars.filter(|ch| is_plain(*ch)).collect();
            let extra =
                (!combining.is_empty()).then(|| Arc::new(Extra { combining, ..Extra::default() }));
            let width = if wide { Width::Two } else { Width::One };
            frame.set(Point::new(x, y), Cell { ch, width, style, extra });
            if wide {
                let tail = Cell { width: Width::Tail, ..Cell::new(' ', style) };
                frame.set(Point::new(x + 1, y), tail);
            }
            x += 1 + u16::from(wide);
        }
    }
}

/// A box as the settings want its lines; without any, its titles keep their rows.
pub(super) fn border(borders: Borders) -> Block<'static> {
    let block = Block::bordered();
    match borders {
        Borders::Single => block,
        Borders::Rounded => block.border_type(BorderType::Rounded),
        Borders::Heavy => block.border_type(BorderType::Thick),
        Borders::Off => block.border_set(border::Set {
            top_left: " ",
            top_right: " ",
            bottom_left: " ",
            bottom_right: " ",
            vertical_left: " ",
            vertical_right: " ",
            horizontal_top: " ",
            horizontal_bottom: " ",
        }),
    }
}

/// Our style as ratatui's.
pub(super) fn style(style: Style) -> TuiStyle {
    let mut modifier = Modifier::empty();
    for (attr, bit) in ATTRS {
        if style.attrs.contains(attr) {
            modifier |= bit;
        }
    }
    TuiStyle::new().fg(to_color(style.fg)).bg(to_color(style.bg)).add_modifier(modifier)
}

fn style_from(fg: TuiColor, bg: TuiColor, modifier: Modifier) -> Style {
    let attrs = ATTRS
        .iter()
        .filter(|(_, bit)| modifier.contains(*bit))
        .fold(Attrs::NONE, |attrs, (attr, _)| attrs.with(*attr));
    Style::new(from_color(fg), from_color(bg), attrs)
}

fn to_color(color: Color) -> TuiColor {
    match color.kind() {
        ColorKind::Default => TuiColor::Reset,
        ColorKind::Indexed(index) => TuiColor::Indexed(index),
        ColorKind::Rgb(r, g, b) => TuiColor::Rgb(r, g, b),
    }
}

fn from_color(color: TuiColor) -> Color {
    match color {
        TuiColor::Indexed(index) => Color::Indexed(index),
        TuiColor::Rgb(r, g, b) => Color::Rgb(r, g, b),
        // Named colours are never asked for: the theme speaks in indices.
        _ => Color::Default,
    }
}
