//! Frames as SVG pictures of a terminal window: one that stands, or a film.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use segno_base::screen::cell::{Attrs, Cell, Color, ColorKind, Width};
use segno_base::screen::frame::Frame;
use segno_term::{Palette, Rgb};

/// One cell, in units of the picture.
const W: f64 = 9.0;
const H: f64 = 20.0;
const PAD: f64 = 14.0;
const BAR: f64 = 34.0;

/// The terminal that the picture pretends to be.
pub const PALETTE: Palette = Palette {
    fg: (0xd5, 0xd9, 0xe3),
    bg: (0x0a, 0x0a, 0x0a),
    cursor: (0xd5, 0xd9, 0xe3),
    named: [
        (0x1c, 0x1f, 0x2a),
        (0xef, 0x6b, 0x73),
        (0x9c, 0xc9, 0x7a),
        (0xe9, 0xc0, 0x72),
        (0x78, 0xa9, 0xf0),
        (0xc4, 0x8e, 0xe8),
        (0x6c, 0xc6, 0xcf),
        (0xc3, 0xc9, 0xd6),
        (0x5f, 0x67, 0x7c),
        (0xff, 0x83, 0x8b),
        (0xb5, 0xe0, 0x92),
        (0xff, 0xd8, 0x8c),
        (0x93, 0xbf, 0xff),
        (0xda, 0xa8, 0xfa),
        (0x86, 0xdf, 0xe8),
        (0xff, 0xff, 0xff),
    ],
};

pub fn window(frame: &Frame) -> String {
    let mut out = open(frame, 0.0);
    for y in 0..frame.size().rows {
        row(&mut out, frame.row(y), f64::from(y) * H);
    }
    cursor(&mut out, frame);
    out.push_str("</g>\n</svg>\n");
    out
}

/// What a film shows for a while, and what stands below it.
pub struct Shot {
    pub frame: Frame,
    pub milliseconds: u64,
    pub caption: &'static str,
}

/// A film that begins anew when it has ended. Rows that several shots have are drawn once. Who does
/// not show films shows the last shot.
pub fn film(shots: &[Shot]) -> String {
    const CAPTION: f64 = 40.0;
    let Some(first) = shots.first() else { return String::new() };
    let total = shots.iter().map(|shot| shot.milliseconds).sum::<u64>().max(1);
    let (mut rows, mut defined, mut body) = (BTreeMap::new(), String::new(), String::new());
    let mut begin = 0;
    for (n, shot) in shots.iter().enumerate() {
        let at = |ms: u64| format!("{:.4}", ms as f64 / total as f64);
        let end = begin + shot.milliseconds;
        let (last, is_last) = (at(end), n + 1 == shots.len());
        let (values, times) = match (begin, is_last) {
            (0, true) => ("inline".to_owned(), "0".to_owned()),
            (0, _) => ("inline;none".to_owned(), format!("0;{last}")),
            (_, true) => ("none;inline".to_owned(), format!("0;{}", at(begin))),
            _ => ("none;inline;none".to_owned(), format!("0;{};{last}", at(begin))),
        };
        let _ = writeln!(
            body,
            "<g display=\"{}\"><animate attributeName=\"display\" calcMode=\"discrete\" \
             values=\"{values}\" keyTimes=\"{times}\" dur=\"{total}ms\" repeatCount=\"indefinite\"/>",
            if is_last { "inline" } else { "none" }
        );
        for y in 0..shot.frame.size().rows {
            let mut drawn = String::new();
            row(&mut drawn, shot.frame.row(y), 0.0);
            if drawn.is_empty() {
                continue;
            }
            let next = rows.len();
            let id = *rows.entry(drawn).or_insert_with_key(|drawn| {
                let _ = write!(defined, "<g id=\"r{next}\">\n{drawn}</g>\n");
                next
            });
            let _ = writeln!(body, "<use href=\"#r{id}\" y=\"{}\"/>", f64::from(y) * H);
        }
        cursor(&mut body, &shot.frame);
        let size = first.frame.size();
        let (x, y) = (f64::from(size.cols) * W / 2.0, f64::from(size.rows) * H + 30.0);
        let _ = writeln!(
            body,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" font-weight=\"bold\" fill=\"#e9c072\">{}</text>\n</g>",
            shot.caption
        );
        begin = end;
    }
    format!("{}<defs>\n{defined}</defs>\n{body}</g>\n</svg>\n", open(&first.frame, CAPTION))
}

/// The window of a terminal, and `more` below its screen; what follows is drawn from the screen's
/// corner on.
fn open(frame: &Frame, more: f64) -> String {
    let size = frame.size();
    let (cols, rows) = (f64::from(size.cols), f64::from(size.rows));
    let (width, height) = (cols * W + 2.0 * PAD, rows * H + BAR + PAD + more);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"10\" fill=\"{}\" stroke=\"#2a2e3b\"/>\n",
        width - 1.0,
        height - 1.0,
        hex(PALETTE.bg),
    );
    for (i, color) in ["#ef6b73", "#e9c072", "#9cc97a"].iter().enumerate() {
        let x = PAD + 7.0 + 20.0 * i as f64;
        let _ = writeln!(out, "<circle cx=\"{x}\" cy=\"17\" r=\"5.5\" fill=\"{color}\"/>");
    }
    let _ = writeln!(
        out,
        "<g transform=\"translate({PAD} {BAR})\" font-family=\"'JetBrains Mono', 'DejaVu Sans Mono', monospace\" \
         font-size=\"15\" shape-rendering=\"crispEdges\" style=\"font-variant-ligatures: none\">"
    );
    out
}

fn cursor(out: &mut String, frame: &Frame) {
    if let Some(cursor) = frame.cursor {
        let (x, y) = (f64::from(cursor.at.x) * W, f64::from(cursor.at.y) * H);
        let fill = hex(PALETTE.cursor);
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{W}\" height=\"{H}\" fill=\"{fill}\" opacity=\"0.75\"/>"
        );
    }
}

fn row(out: &mut String, cells: &[Cell], y: f64) {
    // Backgrounds of equal colour in one piece: no seams.
    let mut x = 0;
    while x < cells.len() {
        let back = colors(&cells[x]).1;
        let end = cells[x..].iter().take_while(|cell| colors(cell).1 == back).count() + x;
        if back != PALETTE.bg {
            let (left, width) = (x as f64 * W, (end - x) as f64 * W);
            let _ = writeln!(
                out,
                "<rect x=\"{left}\" y=\"{y}\" width=\"{width}\" height=\"{H}\" fill=\"{}\"/>",
                hex(back)
            );
        }
        x = end;
    }
    let mut x = 0;
    while x < cells.len() {
        let cell = &cells[x];
        let left = x as f64 * W;
        let nothing = cell.width == Width::Tail || cell.ch == ' ' && !lined(cell);
        if nothing || shape(out, cell.ch, left, y, &hex(colors(cell).0)) {
            x += 1;
        } else if cell.ch.is_ascii() {
            // Signs stand alone, or the font would join some of them.
            let word = |cell: &Cell| cell.ch.is_ascii_alphanumeric() || cell.ch == ' ';
            let same = |other: &&Cell| word(other) && look(other) == look(cell);
            let more = if word(cell) { cells[x + 1..].iter().take_while(same).count() } else { 0 };
            let end = x + 1 + more;
            let text: String = cells[x..end].iter().map(|cell| cell.ch).collect();
            let length = format!(" textLength=\"{}\" xml:space=\"preserve\"", (end - x) as f64 * W);
            letters(out, cell, &text, left, y, &length);
            x = end;
        } else {
            // Other fonts have other widths: each of these stands in the middle of its cell.
            let wide = if cell.width == Width::Two { 2.0 } else { 1.0 };
            let text = cell.ch.to_string();
            let mut place = " text-anchor=\"middle\"".to_string();
            if !('\0'..'\u{10000}').contains(&cell.ch) {
                place.push_str(" font-size=\"19\"");
            }
            letters(out, cell, &text, left + wide * W / 2.0, y, &place);
            x += 1;
        }
    }
}

fn letters(out: &mut String, cell: &Cell, text: &str, x: f64, y: f64, place: &str) {
    let (fore, attrs) = (hex(colors(cell).0), cell.style.attrs);
    let mut style = String::new();
    if attrs.contains(Attrs::BOLD) {
        style.push_str(" font-weight=\"bold\"");
    }
    if attrs.contains(Attrs::ITALIC) {
        style.push_str(" font-style=\"italic\"");
    }
    if attrs.contains(Attrs::STRIKE) {
        style.push_str(" text-decoration=\"line-through\"");
    } else if attrs.intersects(Attrs::ANY_UNDERLINE) {
        style.push_str(" text-decoration=\"underline\"");
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let base = y + 15.0;
    let _ =
        writeln!(out, "<text x=\"{x}\" y=\"{base}\" fill=\"{fore}\"{style}{place}>{text}</text>");
}

/// Draws lines and blocks, which must meet those of the neighbouring cells; false when it is none.
fn shape(out: &mut String, ch: char, x: f64, y: f64, fill: &str) -> bool {
    let mut rect = |dx: f64, dy: f64, w: f64, h: f64, opacity: f64| {
        let (x, y) = (x + dx, y + dy);
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{fill}\" opacity=\"{opacity}\"/>"
        );
    };
    // Which arms a line has: left, right, up, down; and its thickness.
    let (arms, thick) = match ch {
        '─' | '╌' | '┄' => ([1, 1, 0, 0], 1.0),
        '│' => ([0, 0, 1, 1], 1.0),
        '┌' => ([0, 1, 0, 1], 1.0),
        '┐' => ([1, 0, 0, 1], 1.0),
        '└' => ([0, 1, 1, 0], 1.0),
        '┘' => ([1, 0, 1, 0], 1.0),
        '├' => ([0, 1, 1, 1], 1.0),
        '┤' => ([1, 0, 1, 1], 1.0),
        '┬' => ([1, 1, 0, 1], 1.0),
        '┴' => ([1, 1, 1, 0], 1.0),
        '┼' => ([1, 1, 1, 1], 1.0),
        '━' => ([1, 1, 0, 0], 3.0),
        '┃' => ([0, 0, 1, 1], 3.0),
        '╹' => ([0, 0, 1, 0], 3.0),
        '╻' => ([0, 0, 0, 1], 3.0),
        _ => ([0; 4], 0.0),
    };
    if thick > 0.0 {
        let (mx, my) = ((W - thick) / 2.0, (H - thick) / 2.0);
        let [left, right, up, down] = arms.map(|arm| arm == 1);
        if left || right {
            let (from, to) = (if left { 0.0 } else { mx }, if right { W } else { mx + thick });
            rect(from, my, to - from, thick, 1.0);
        }
        if up || down {
            let (from, to) = (if up { 0.0 } else { my }, if down { H } else { my + thick });
            rect(mx, from, thick, to - from, 1.0);
        }
        return true;
    }
    match ch {
        '█' => rect(0.0, 0.0, W, H, 1.0),
        '▀' => rect(0.0, 0.0, W, H / 2.0, 1.0),
        '▄' => rect(0.0, H / 2.0, W, H / 2.0, 1.0),
        '▌' => rect(0.0, 0.0, W / 2.0, H, 1.0),
        '▐' => rect(W / 2.0, 0.0, W / 2.0, H, 1.0),
        '░' => rect(0.0, 0.0, W, H, 0.25),
        '▒' => rect(0.0, 0.0, W, H, 0.5),
        '▓' => rect(0.0, 0.0, W, H, 0.75),
        '■' | '⬝' => {
            let side = if ch == '■' { W - 2.0 } else { 3.0 };
            rect((W - side) / 2.0, (H - side) / 2.0, side, side, 1.0);
        }
        '▁'..='▇' => {
            let height = H * f64::from(ch as u32 - '▁' as u32 + 1) / 8.0;
            rect(0.0, H - height, W, height, 1.0);
        }
        '╭' | '╮' | '╰' | '╯' => {
            let (cx, cy) = (x + W / 2.0, y + H / 2.0);
            let (ex, ey) = (
                if matches!(ch, '╭' | '╰') { x + W } else { x },
                if matches!(ch, '╭' | '╮') { y + H } else { y },
            );
            let _ = writeln!(
                out,
                "<path d=\"M{ex} {cy}Q{cx} {cy} {cx} {ey}\" fill=\"none\" stroke=\"{fill}\" shape-rendering=\"auto\"/>"
            );
        }
        // Few fonts have the sign: an S with a stroke through it and two dots.
        '𝄋' => {
            let (x, y) = (x + W / 2.0, y + H / 2.0);
            let _ = writeln!(
                out,
                "<g shape-rendering=\"auto\" stroke=\"{fill}\" stroke-width=\"1.6\" fill=\"none\">\
                 <path d=\"M{} {}c-2 -4 -8 -3 -7 1c1 3 8 3 8 7c0 4 -7 4 -8 0M{} {}l-9 12\"/></g>\
                 <g fill=\"{fill}\" shape-rendering=\"auto\"><circle cx=\"{}\" cy=\"{}\" r=\"1.2\"/>\
                 <circle cx=\"{}\" cy=\"{}\" r=\"1.2\"/></g>",
                x + 3.5,
                y - 3.0,
                x + 4.5,
                y - 6.0,
                x - 4.5,
                y + 1.0,
                x + 4.5,
                y - 1.0
            );
        }
        _ => return false,
    }
    true
}

fn lined(cell: &Cell) -> bool {
    cell.style.attrs.intersects(Attrs::ANY_UNDERLINE.with(Attrs::STRIKE))
}

fn look(cell: &Cell) -> (Rgb, u16) {
    (colors(cell).0, cell.style.attrs.0)
}

/// What a cell's text and ground are painted with.
fn colors(cell: &Cell) -> (Rgb, Rgb) {
    let attrs = cell.style.attrs;
    let rgb = |color: Color, default| match color.kind() {
        ColorKind::Default => default,
        ColorKind::Indexed(index) => PALETTE.indexed(index),
        ColorKind::Rgb(r, g, b) => (r, g, b),
    };
    let (mut fore, mut back) = (rgb(cell.style.fg, PALETTE.fg), rgb(cell.style.bg, PALETTE.bg));
    if attrs.contains(Attrs::REVERSE) {
        std::mem::swap(&mut fore, &mut back);
    }
    if attrs.contains(Attrs::DIM) {
        let mix = |a: u8, b: u8| ((u16::from(a) * 11 + u16::from(b) * 9) / 20) as u8;
        fore = (mix(fore.0, back.0), mix(fore.1, back.1), mix(fore.2, back.2));
    }
    (if attrs.contains(Attrs::HIDDEN) { back } else { fore }, back)
}

fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}
