//! The same streams through the library's own terminal: the grids must agree.
//!
//! Left out is where the two differ on purpose: origin mode (the library adds the margin twice),
//! moving up and down inside a scroll region (the library leaves the region), SGR 21 and 5,
//! insert mode (the library moves halves of wide characters in), long repeats, the
//! older alternate screen modes, DCH of more than is left (the library
//! deletes left of the cursor), ED 1 on the second line (the library leaves the first), DECALN,
//! DECSTR, LNM, which character set is in use after the cursor was restored (the library does not
//! restore it), and what only Segno knows.

use alacritty_terminal::Term;
use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::Config;
use alacritty_terminal::term::cell::{Cell as LibCell, Flags};
use alacritty_terminal::vte::ansi::Processor;

use super::*;
use crate::library::{attrs, color};
use crate::state::cell::{GCell, LEADING, LEFT, Pen, TAIL};
use crate::state::grid::Grid;
use crate::state::row::Row;
use segno_base::screen::cell::{Extra, Style};

struct Dim(usize, usize);

impl Dimensions for Dim {
    fn total_lines(&self) -> usize {
        self.1
    }
    fn screen_lines(&self) -> usize {
        self.1
    }
    fn columns(&self) -> usize {
        self.0
    }
}

fn cell(cell: &LibCell) -> (GCell, Option<Extra>) {
    let attrs = attrs(cell.flags);
    let mut flags = 0;
    for (theirs, ours) in [
        (Flags::WIDE_CHAR, LEFT),
        (Flags::WIDE_CHAR_SPACER, TAIL),
        (Flags::LEADING_WIDE_CHAR_SPACER, LEADING),
    ] {
        if cell.flags.contains(theirs) {
            flags |= ours;
        }
    }
    // The library leaves tabs in blank cells.
    let ch = if cell.c == '\t' { ' ' } else { cell.c };
    let extra = Extra {
        combining: cell.zerowidth().unwrap_or_default().to_vec(),
        underline: cell.underline_color().map(color),
        link: None,
    };
    let style = Style::new(color(cell.fg), color(cell.bg), attrs);
    (GCell::styled(ch, style, flags, 0), (extra != Extra::default()).then_some(extra))
}

/// All of a grid's rows, history first.
fn all(grid: &Grid) -> Vec<Row> {
    let mut rows = Vec::new();
    grid.visit_all(0, |_, row| rows.push(row.clone()));
    rows
}

/// What both terminals understand alike.
pub(super) fn plain_piece() -> impl Strategy<Value = String> {
    let small = || 0u16..14;
    prop_oneof![
        4 => "[ -~]{1,40}",
        2 => "[日本語é👍ab ]{1,12}",
        1 => "(e\u{301}|中\u{300}){1,4}",
        4 => prop::sample::select(vec!["\r\n", "\n", "\r", "\t", "\x08", "\x0e", "\x0f"])
            .prop_map(str::to_owned),
        4 => ("[CDGHIKLMSTX@`adfg]", small(), small())
            .prop_map(|(last, a, b)| format!("\x1b[{a};{b}{last}")),
        2 => ("[KXLMST@]", small()).prop_map(|(last, a)| format!("\x1b[{a}{last}")),
        3 => "\x1b\\[(0|1|2|3|4|4:3|7|9|22|24|27|3[0-9]|4[0-9]|9[0-7]|38;5;[0-9]{2}|48;2;1;2;3|58:2::9:8:7|59)(;(1|7|31|49))?m",
        2 => ("[hl]", prop::sample::select(vec![1u16, 7, 25, 1000, 1049, 2004, 2026]))
            .prop_map(|(last, mode)| format!("\x1b[?{mode}{last}")),
        2 => prop::sample::select(vec![
            "\x1b7", "\x1b8", "\x1bD", "\x1bE", "\x1bM", "\x1bH", "\x1b(0", "\x1b(B", "\x1b)0",
            "\x1b[3g", "\x1b[s", "\x1b[u", "\x1b[2 q", "\x1b_apc\x1b\\", "\x1b[P", "\x1b[b", "\x1b[2b", "\x1b[J",
            "\x1b[2J",
            "\x1bPxyz\x1b\\", "\x1b]0;t\x07",
        ]).prop_map(str::to_owned),
    ]
}

fn moving() -> impl Strategy<Value = String> {
    ("[ABeEF]", 0u16..14).prop_map(|(last, n)| format!("\x1b[{n}{last}"))
}

fn region() -> impl Strategy<Value = String> {
    (0u16..6, 0u16..12).prop_map(|(a, b)| format!("\x1b[{a};{b}r"))
}

fn compare(stream: &str, cols: u16, rows: u16) -> Result<(), TestCaseError> {
    // The library holds bytes back in mode 2026; here everything is to be seen at once.
    // Without a history the library makes one of a blank screen that is cleared.
    let mut stream = "\r\n".repeat(rows.into()) + &stream.replace("\x1b[?2026h", "");
    for restoring in ["\x1b8", "\x1b[u"] {
        stream = stream.replace(restoring, &format!("{restoring}\x0f"));
    }
    let config = Config { scrolling_history: 50, ..Config::default() };
    let mut term = Term::new(config, &Dim(cols as usize, rows as usize), VoidListener);
    let mut processor: Processor = Processor::new();
    let mut ours = terminal(cols, rows);
    processor.advance(&mut term, stream.as_bytes());
    feed(&mut ours, &stream);
    let (theirs, ours) = (term.grid(), &ours.screen().grid);
    prop_assert_eq!(theirs.history_size(), ours.history.rows());
    let last = Column(theirs.columns() - 1);
    // The library's marks are in the last cell: they move away with it and may come back.
    let shifts = stream.split("\x1b[").any(shifts_cells);
    for (at, row) in all(ours).iter().enumerate() {
        let line = Line(at as i32) - theirs.history_size();
        for col in 0..theirs.columns() {
            let mut lib = theirs[line][Column(col)].clone();
            let (mut own, extra) = row.seen(col);
            // The mark stays in the library's row when cells move, and goes in its history.
            if Column(col) < last || line < 0 || shifts {
                lib.flags.remove(Flags::LEADING_WIDE_CHAR_SPACER);
                own.remove(LEADING);
            }
            prop_assert_eq!(cell(&lib), (own, extra), "{:?} {} of {:?}", line, col, stream);
        }
        let wrapped = theirs[line][last].flags.contains(Flags::WRAPLINE);
        if row.wrapped || !shifts {
            prop_assert_eq!(wrapped, row.wrapped, "{:?} of {:?}", line, stream);
        }
    }
    let (a, b) = (&theirs.cursor, &ours.cursor);
    prop_assert_eq!((a.point.line.0 as usize, a.point.column.0), (b.line, b.col));
    prop_assert_eq!(a.input_needs_wrap, b.wraps);
    let (template, extra) = cell(&a.template);
    let pen = Pen { style: template.style(), extra: extra.map(Into::into) };
    prop_assert_eq!(&pen, &b.pen);
    Ok(())
}

/// Whether a control sequence, after its introducer, inserts or deletes cells.
fn shifts_cells(sequence: &str) -> bool {
    let end = sequence.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    end.starts_with(['P', '@'])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn without_scroll_regions(
        pieces in proptest::collection::vec(prop_oneof![9 => plain_piece(), 2 => moving()], 0..40),
        cols in 2u16..40,
        rows in 1u16..12,
    ) {
        compare(&pieces.concat(), cols, rows)?;
    }

    #[test]
    fn with_scroll_regions(
        pieces in proptest::collection::vec(prop_oneof![9 => plain_piece(), 2 => region()], 0..40),
        cols in 2u16..40,
        rows in 7u16..14,
    ) {
        compare(&pieces.concat(), cols, rows)?;
    }
}
