//! Motions, selections and searches on texts made for them and on random ones.

use proptest::prelude::*;
use unicode_width::UnicodeWidthChar as _;

use super::mode::Outcome;
use super::text::Doc;
use super::*;
use segno_base::key::{Key, KeyEvent, Modifiers, MouseAction, MouseButton, MouseEvent};
use segno_base::screen::geometry::Size;
use segno_base::screen::text_row::{Mark, TextRow};
use segno_config::keys::copy_command::{COPY_COMMANDS, CopyKeys, KeyStyle};

/// A text of rows; one that ends with `\` goes on in the next.
struct Screen {
    rows: Vec<TextRow>,
    size: Size,
    /// Whether places stay where they are when its size changes.
    keeps_places: bool,
}

impl Screen {
    fn new(height: u16, rows: &[&str]) -> Screen {
        let rows = rows.iter().map(|text| row(text)).collect();
        Screen { rows, size: Size::new(20, height), keeps_places: false }
    }
}

/// A page for every pane, for tests of the whole model.
pub(crate) struct Pages;

impl Texts for Pages {
    fn open(
        &self,
        _: segno_base::ids::ClientId,
        pane: segno_base::ids::PaneId,
    ) -> Option<Box<dyn ScreenText + '_>> {
        // Not every pane has a terminal.
        (!pane.number().is_multiple_of(4))
            .then(|| Box::new(Screen::new(5, TEXT)) as Box<dyn ScreenText>)
    }

    fn wants_mouse(&self, pane: segno_base::ids::PaneId) -> bool {
        pane.number().is_multiple_of(3)
    }
}

/// A row of text; `\` at its end means that it goes on, `$`, `%` or `#` at its start is a mark.
fn row(text: &str) -> TextRow {
    let mut row = TextRow { wrapped: text.ends_with('\\'), ..TextRow::default() };
    let text = text.strip_suffix('\\').unwrap_or(text);
    let marks = [('$', Mark::Prompt), ('#', Mark::Output)];
    row.marks = marks.iter().filter(|(c, _)| text.starts_with(*c)).map(|(_, m)| (0, *m)).collect();
    let mut col = 0;
    for ch in text.chars() {
        let width = ch.width().unwrap_or(1).max(1) as u16;
        row.push(col, width, ch, &[]);
        col += width;
    }
    if !row.wrapped {
        row.trim();
    }
    row
}

impl ScreenText for Screen {
    fn moved(&self, before: Pos) -> Option<Pos> {
        self.keeps_places.then_some(before)
    }

    fn size(&self) -> Size {
        self.size
    }

    fn lines(&self) -> usize {
        self.rows.len()
    }

    fn cursor(&self) -> (usize, u16) {
        (self.rows.len() - 1, 0)
    }

    fn top(&self) -> usize {
        self.rows.len().saturating_sub(self.size.rows.into())
    }

    fn row(&self, line: usize) -> TextRow {
        self.rows.get(line).cloned().unwrap_or_default()
    }
}

/// Copy mode with its cursor at the oldest line.
struct Reader<'a> {
    screen: &'a Screen,
    doc: Doc<'a>,
    mode: CopyMode,
    keys: CopyKeys,
    last: Outcome,
}

impl<'a> Reader<'a> {
    fn new(screen: &'a Screen) -> Reader<'a> {
        let doc = Doc::new(screen);
        let mut mode = CopyMode::new(&doc);
        mode.go(Pos::new(0, 0), &doc);
        Reader { screen, doc, mode, keys: CopyKeys::new(KeyStyle::Vi), last: Outcome::default() }
    }

    /// Presses keys, with spaces between them.
    fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap();
            self.key(key);
        }
        self
    }

    /// Presses a key; what is to be searched is.
    fn key(&mut self, key: Key) {
        self.last = self.mode.key(&KeyEvent::from(key), &self.keys, &self.doc);
        while let Some(seek) = self.last.seek.take() {
            let hits = seek.find(self.screen, 1, &|| true).unwrap();
            self.last = self.mode.found(hits, &self.keys, &self.doc);
        }
    }

    /// Types a text, character by character.
    fn type_text(&mut self, text: &str) -> &mut Self {
        for ch in text.chars() {
            self.key(Key::plain(segno_base::key::KeyCode::Char(ch)));
        }
        self
    }

    fn at(&self) -> (usize, u16) {
        (self.mode.cursor.line, self.mode.cursor.col)
    }

    fn copied(&mut self, keys: &str) -> String {
        self.press(keys);
        self.last.copy.clone().unwrap_or_else(|| panic!("{keys} copies: {:?}", self.last))
    }

    fn mouse(&mut self, action: MouseAction, x: u16, y: u16, click: Option<Click>) {
        let event = MouseEvent { action, x, y, mods: Modifiers::NONE };
        self.last = self.mode.mouse(&event, click, true, &self.doc);
    }
}

const TEXT: &[&str] =
    &["fn main() {", "    let x = foo.bar(1);", "", "  a long li\\", "ne wraps", "}", "漢字 end"];

#[test]
fn words_and_lines() {
    let screen = Screen::new(4, TEXT);
    let mut reader = Reader::new(&screen);
    for (keys, at) in [
        ("w", (0, 3)),
        ("w", (0, 7)),
        ("w", (0, 10)),
        ("w", (1, 4)),
        ("e", (1, 6)),
        ("W W W", (1, 12)),
        ("E", (1, 22)),
        ("b", (1, 21)),
        ("B", (1, 12)),
        ("0", (1, 0)),
        ("^", (1, 4)),
        ("$", (1, 22)),
        // The column is kept at the ends of lines.
        ("k", (0, 10)),
        ("j", (1, 22)),
        ("w", (2, 0)),
        ("w", (3, 2)),
        // A wrapped line is one line.
        ("2 w", (3, 9)),
        ("e", (4, 1)),
        ("0", (3, 0)),
        ("$", (4, 7)),
        ("G", (6, 7)),
        ("0", (6, 0)),
        ("l", (6, 2)),
        ("l", (6, 4)),
        ("h h", (6, 0)),
        ("g", (0, 0)),
        ("}", (2, 0)),
        ("}", (6, 0)),
        ("{", (2, 0)),
        ("1 0 j", (6, 0)),
        ("3 G", (2, 0)),
    ] {
        reader.press(keys);
        assert_eq!(reader.at(), at, "after {keys}");
    }
}

#[test]
fn characters_and_brackets() {
    let screen = Screen::new(4, TEXT);
    let mut reader = Reader::new(&screen);
    for (keys, at) in [
        ("f (", (0, 7)),
        ("%", (0, 8)),
        ("%", (0, 7)),
        ("$ %", (5, 0)),
        ("%", (0, 10)),
        ("j ^ f f", (1, 12)),
        ("t (", (1, 18)),
        (";", (1, 18)),
        ("F o", (1, 14)),
        (";", (1, 13)),
        (",", (1, 14)),
        ("T =", (1, 11)),
        // Nowhere in the line.
        ("f Z", (1, 11)),
        ("m a g ' a", (1, 11)),
    ] {
        reader.press(keys);
        assert_eq!(reader.at(), at, "after {keys}");
    }
    reader.press("' z");
    assert_eq!(reader.last.message.as_deref(), Some("there is no mark z"));
}

#[test]
fn the_view_follows() {
    let rows: Vec<String> = (0..50).map(|n| format!("line {n}")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let screen = Screen::new(10, &rows);
    let mut reader = Reader::new(&screen);
    for (keys, top, line) in [
        ("G", 40, 49),
        ("H", 40, 40),
        ("M", 40, 45),
        ("L", 40, 49),
        ("ctrl+u", 35, 44),
        ("ctrl+b", 27, 36),
        ("ctrl+f ctrl+d", 40, 49),
        ("ctrl+y", 39, 48),
        ("g", 0, 0),
        ("ctrl+e", 1, 1),
        ("2 5 j", 17, 26),
    ] {
        reader.press(keys);
        assert_eq!((reader.mode.top, reader.mode.cursor.line), (top, line), "after {keys}");
    }
    assert_eq!(reader.mode.behind(10), 23);
}

#[test]
fn selections_are_copied() {
    let screen = Screen::new(9, TEXT);
    let copied = |keys: &str| Reader::new(&screen).copied(keys);
    assert_eq!(copied("v e y"), "fn");
    assert_eq!(copied("w v j enter"), "main() {\n    ");
    assert_eq!(copied("3 j v $ y"), "  a long line wraps");
    assert_eq!(copied("4 j V y"), "  a long line wraps\n");
    assert_eq!(copied("V j y"), "fn main() {\n    let x = foo.bar(1);\n");
    assert_eq!(copied("ctrl+v j l l y"), "fn\n");
    assert_eq!(copied("w ctrl+v j l y"), "ma\n l");
    assert_eq!(copied("j Y"), "    let x = foo.bar(1);");
    assert_eq!(copied("j w D"), "let x = foo.bar(1);");
    assert_eq!(copied("j $ b i w y"), ");");
    assert_eq!(copied("G v l y"), "漢字");
    // The other end, another kind, and back.
    assert_eq!(copied("w v e o h h h y"), "fn main");
    assert_eq!(copied("v V y"), "fn main() {\n");
    let mut reader = Reader::new(&screen);
    reader.press("v escape");
    assert!(reader.mode.selected.is_none() && !reader.last.leave);
    reader.press("y");
    assert!(reader.last.message.is_some() && !reader.last.leave);
    assert!(reader.press("escape").last.leave);
    assert!(Reader::new(&screen).press("q").last.leave);
}

/// A key without an answer to what it has searched.
fn tap(reader: &mut Reader, key: &str) -> Outcome {
    let key: Key = key.parse().unwrap();
    reader.mode.key(&KeyEvent::from(key), &reader.keys, &reader.doc)
}

#[test]
fn keys_that_depend_on_a_search_wait_for_it() {
    let screen = Screen::new(4, &["one", "two", "three", "two again"]);
    let mut reader = Reader::new(&screen);
    let seeks: Vec<_> = ["/", "t", "w", "o", "enter", "n", "V", "y"]
        .iter()
        .filter_map(|key| tap(&mut reader, key).seek)
        .collect();
    assert_eq!(seeks.last().map(|seek| seek.pattern.as_str()), Some("two"));
    assert_eq!(reader.at(), (0, 0), "nothing is known yet");
    // What was typed before is not waited for.
    for seek in seeks {
        let last = seek.pattern == "two";
        let hits = seek.find(&screen, 1, &|| true).unwrap();
        let outcome = reader.mode.found(hits, &reader.keys, &reader.doc);
        assert_eq!(outcome.copy.as_deref(), last.then_some("two again\n"));
        assert_eq!(outcome.leave, last);
    }
    // A search that takes too long is given up.
    let mut reader = Reader::new(&screen);
    let seek = ["/", "o"].iter().filter_map(|key| tap(&mut reader, key).seek).last().unwrap();
    tap(&mut reader, "enter");
    tap(&mut reader, "escape");
    let hits = seek.find(&screen, 1, &|| true).unwrap();
    assert_eq!(reader.mode.found(hits, &reader.keys, &reader.doc), Outcome::default());
    assert!(reader.mode.prompt.is_none() && tap(&mut reader, "q").leave);
}

#[test]
fn many_rows_are_taken_by_the_lines_that_they_are() {
    let rows: Vec<String> = (0..3000)
        .map(|n| match n % 7 {
            3 => format!("row {n} goes on\\"),
            5 => "  ".to_string(),
            _ => format!("row {n}  "),
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let screen = Screen::new(10, &rows);
    let doc = Doc::new(&screen);
    let places = [(0, 0), (3, 4), (4, 2), (1500, 1), (2995, 3), (2999, u16::MAX)];
    for (from, to) in [(0, 5), (1, 4), (2, 5), (0, 3), (1, 5)] {
        let place = |n: usize| Pos::new(places[n].0, places[n].1);
        for kind in [Kind::Char, Kind::Line] {
            let anchor = super::selection::Anchor::new(kind, doc.clamp(place(from)));
            let all = anchor.selected(doc.clamp(place(to)), &doc);
            // Row by row, a part at a time.
            let mut wanted = String::new();
            for line in all.start.line..=all.end.line {
                let row = doc.row(line);
                let (first, last) = all.columns(line).unwrap();
                let piece = row.slice(first, last);
                let whole = !row.wrapped && last > row.end();
                wanted.push_str(if whole { piece.trim_end() } else { piece });
                let at_end = line == all.end.line;
                if (kind == Kind::Line && at_end) || (!row.wrapped && !at_end) {
                    wanted.push('\n');
                }
            }
            assert_eq!(all.text(&doc), wanted, "{kind:?} {from} {to}");
        }
    }
}

#[test]
fn searches_go_forward_back_and_around() {
    let screen = Screen::new(4, &["one two", "Two three", "tw\\", "o four", "two(five"]);
    let mut reader = Reader::new(&screen);
    reader.press("/").type_text("two");
    assert_eq!(reader.at(), (0, 4));
    reader.press("enter");
    let count = |reader: &Reader| reader.mode.search.as_ref().unwrap().count();
    assert_eq!(count(&reader), (1, 4));
    reader.press("n n");
    // Over the end of a row.
    assert_eq!((reader.at(), count(&reader)), ((2, 0), (3, 4)));
    let found = reader.mode.search.as_ref().unwrap().matches[2];
    assert_eq!((found.columns(2), found.columns(3)), (Some((0, u16::MAX)), Some((0, 1))));
    reader.press("n n");
    assert_eq!(reader.at(), (0, 4));
    assert!(reader.last.message.is_some(), "it says that it went around");
    reader.press("N");
    assert_eq!(reader.at(), (4, 0));
    reader.press("?").type_text("T[wh]").press("enter");
    assert_eq!((reader.at(), count(&reader)), ((1, 0), (1, 1)));
    // What is no expression is searched for as it stands; giving up returns.
    reader.press("/").type_text("two(");
    assert_eq!(reader.at(), (4, 0));
    assert!(reader.mode.search.as_ref().unwrap().literal);
    reader.press("escape");
    assert_eq!(reader.at(), (1, 0));
    assert_eq!(reader.mode.search.as_ref().unwrap().pattern, "T[wh]");
    reader.press("/").type_text("nowhere").press("enter");
    assert_eq!(reader.last.message.as_deref(), Some("not found: nowhere"));
    reader.press("g *");
    assert_eq!(reader.mode.search.as_ref().unwrap().count(), (1, 1));
}

#[test]
fn prompts_and_outputs() {
    let rows = ["$ ls", "#a", "b", "", "$ true", "$ cat", "#c", "$"];
    let screen = Screen::new(4, &rows);
    let mut reader = Reader::new(&screen);
    for (keys, line) in [("G", 7), ("[ p", 5), ("[ p", 4), ("ctrl+up", 0), ("] p", 4)] {
        reader.press(keys);
        assert_eq!(reader.mode.cursor.line, line, "after {keys}");
    }
    reader.press("g [ p");
    assert!(reader.last.message.is_some());
    assert_eq!(Reader::new(&screen).copied("a o y"), "#a\nb\n");
    assert_eq!(Reader::new(&screen).copied("G a o y"), "#c\n");
    assert_eq!(Reader::new(&screen).copied("5 G a o y"), "#a\nb\n");
}

#[test]
fn labels_copy_and_open() {
    let screen = Screen::new(
        5,
        &["old src/old.rs", "see https://a.b/c?d=e.", "at src/m.rs:3:14: no", "id deadbeef1 a/b"],
    );
    let mut reader = Reader::new(&screen);
    reader.press("u");
    let texts: Vec<_> = {
        let hints = reader.mode.hints.as_ref().unwrap();
        hints.items.iter().map(|hint| (hint.label.clone(), hint.text.clone())).collect()
    };
    let texts: Vec<_> = texts.iter().map(|(l, t)| (l.as_str(), t.as_str())).collect();
    assert_eq!(
        texts,
        [
            ("a", "a/b"),
            ("s", "deadbeef1"),
            ("d", "src/m.rs:3:14"),
            ("f", "https://a.b/c?d=e"),
            ("g", "src/old.rs"),
        ]
    );
    assert_eq!(reader.press("d").last.copy.as_deref(), Some("src/m.rs:3:14"));
    assert_eq!(reader.press("u F").last.open.as_deref(), Some("https://a.b/c?d=e"));
    assert_eq!(reader.press("u z").last, Outcome::say("no label begins so"));
    assert_eq!(reader.press("j w O").last.open.as_deref(), Some("https://a.b/c?d=e"));
}

#[test]
fn the_mouse_selects() {
    let screen = Screen::new(7, TEXT);
    let (down, up) =
        (MouseAction::Press(MouseButton::Left), MouseAction::Release(MouseButton::Left));
    let drag = MouseAction::Drag(MouseButton::Left);
    let event = |x, y| MouseEvent { action: down, x, y, mods: Modifiers::NONE };
    let first = Click::after(None, &event(4, 1), 1000);
    let second = Click::after(Some(first), &event(4, 1), 1200);
    let third = Click::after(Some(second), &event(5, 1), 1400);
    assert_eq!((first.count, second.count, third.count), (1, 2, 3));
    assert_eq!(Click::after(Some(first), &event(4, 1), 2000).count, 1);
    assert_eq!(Click::after(Some(first), &event(4, 2), 1001).count, 1);

    let mut reader = Reader::new(&screen);
    reader.mouse(down, 4, 1, Some(first));
    reader.mouse(drag, 6, 1, Some(first));
    reader.mouse(up, 6, 1, Some(first));
    assert_eq!(reader.last.copy.as_deref(), Some("let"));
    reader.mouse(down, 13, 1, Some(second));
    reader.mouse(up, 13, 1, Some(second));
    assert_eq!(reader.last.copy.as_deref(), Some("foo"));
    // Whole words, in both directions.
    reader.mouse(down, 13, 1, Some(second));
    reader.mouse(drag, 17, 1, Some(second));
    reader.mouse(drag, 5, 1, Some(second));
    reader.mouse(up, 5, 1, Some(second));
    assert_eq!(reader.last.copy.as_deref(), Some("let x = foo"));
    reader.mouse(down, 3, 4, Some(third));
    reader.mouse(up, 3, 4, Some(third));
    assert_eq!(reader.last.copy.as_deref(), Some("  a long line wraps\n"));
    // A click without moving only moves the cursor.
    reader.mouse(down, 1, 0, Some(first));
    reader.mouse(up, 1, 0, Some(first));
    assert_eq!((reader.at(), reader.last.clone()), ((0, 1), Outcome::default()));
}

#[test]
fn another_size_keeps_the_place_from_the_end() {
    let screen = Screen::new(4, TEXT);
    let mut reader = Reader::new(&screen);
    reader.press("G k v h m a");
    let smaller = Screen::new(3, &TEXT[2..]);
    let doc = Doc::new(&smaller);
    reader.mode.reflowed(&doc);
    assert_eq!(reader.at(), (3, 0));
    assert!(reader.mode.selected.is_none());
}

#[test]
fn keys_that_wait_for_a_search_outlive_another_size() {
    let screen = Screen { keeps_places: true, ..Screen::new(4, TEXT) };
    let doc = Doc::new(&screen);
    let mut mode = CopyMode::new(&doc);
    mode.go(Pos::new(0, 0), &doc);
    let keys = CopyKeys::new(KeyStyle::Vi);
    let press = |mode: &mut CopyMode, key: &str| {
        mode.key(&KeyEvent::from(key.parse::<Key>().unwrap()), &keys, &doc).seek
    };
    assert_eq!(press(&mut mode, "/"), None);
    assert!(press(&mut mode, "x").is_some());
    // The window changes while the text is searched.
    assert_eq!(press(&mut mode, "enter"), None);
    assert_eq!(press(&mut mode, "v"), None);
    let seek = mode.reflowed(&doc).seek.expect("it is searched anew");
    let hits = seek.find(&screen, 1, &|| true).unwrap();
    mode.found(hits, &keys, &doc);
    assert_eq!((mode.cursor, mode.prompt.is_none()), (Pos::new(1, 8), true));
    assert!(mode.selected.is_some());
}

fn any_row() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-c (){}./:$#]{0,12}",
        2 => "[ab漢字é ]{0,8}\\\\?",
        1 => Just("https://a.b/c src/x.rs:3".to_string()),
        1 => Just(String::new()),
    ]
}

fn any_keys(style: KeyStyle) -> impl Strategy<Value = Vec<String>> {
    let mut keys: Vec<String> =
        ["a", "3", "0", "backspace", "(", "x", "enter", "漢", "f12"].map(str::to_string).into();
    for info in COPY_COMMANDS {
        let bound = if style == KeyStyle::Vi { info.vi } else { info.emacs };
        keys.extend(bound.iter().map(|keys| keys.to_string()));
    }
    proptest::collection::vec(prop::sample::select(keys), 0..40)
}

proptest! {
    #[test]
    fn no_keys_lead_out_of_the_text(
        rows in proptest::collection::vec(any_row(), 1..14),
        height in 1u16..6,
        (style, keys) in prop_oneof![Just(KeyStyle::Vi), Just(KeyStyle::Emacs)]
            .prop_flat_map(|style| (Just(style), any_keys(style))),
    ) {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let screen = Screen::new(height, &rows);
        let mut reader = Reader::new(&screen);
        reader.keys = CopyKeys::new(style);
        for key in keys {
            reader.press(&key);
            let mode = &reader.mode;
            let at = mode.cursor;
            prop_assert!(at.line < rows.len());
            prop_assert_eq!(reader.doc.clamp(at), at, "on a character");
            prop_assert!(mode.top <= at.line && at.line < mode.top + usize::from(height));
            prop_assert!(mode.top <= rows.len().saturating_sub(height.into()));
            if let Some(selected) = mode.selected {
                prop_assert!(selected.start.line <= at.line && at.line <= selected.end.line);
                let columns = selected.columns(at.line).unwrap();
                prop_assert!(columns.0 <= at.col && at.col < columns.1);
            }
            if let Some(search) = &mode.search {
                prop_assert!(search.matches.is_sorted_by_key(|m| m.start));
                prop_assert!(search.matches.iter().all(|m| m.start.line <= m.end.line));
            }
        }
    }

    #[test]
    fn a_selection_of_everything_is_everything(
        rows in proptest::collection::vec("[a-c漢 ]{0,9}", 1..9),
        wrapped in proptest::collection::vec(any::<bool>(), 9),
    ) {
        let count = rows.len();
        let rows: Vec<String> = rows
            .into_iter()
            .zip(wrapped)
            .enumerate()
            .map(|(i, (text, wrapped))| if wrapped && i + 1 < count { text + "\\" } else { text })
            .collect();
        let wanted: String = rows
            .iter()
            .map(|row| match row.strip_suffix('\\') {
                Some(whole) => whole.to_string(),
                None => format!("{}\n", row.trim_end_matches(' ')),
            })
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let screen = Screen::new(4, &rows);
        let copied = Reader::new(&screen).press("V G y").last.copy.clone();
        prop_assert_eq!(copied.unwrap_or_default(), wanted);
    }

    #[test]
    fn searching_finds_what_is_there(
        rows in proptest::collection::vec("[ab漢]{0,9}", 1..9),
        pattern in "[ab漢]{1,3}",
    ) {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let screen = Screen::new(4, &rows);
        let doc = Doc::new(&screen);
        let seek = super::Seek { pattern: pattern.clone(), near: 0 };
        let search = seek.find(&screen, 1, &|| true).unwrap();
        let wanted: usize = rows.iter().map(|row| row.matches(pattern.as_str()).count()).sum();
        prop_assert_eq!(search.matches.len(), wanted);
        for found in search.matches {
            let (from, to) = found.columns(found.start.line).unwrap();
            let row = doc.row(found.start.line);
            prop_assert_eq!(row.slice(from, to), pattern.as_str());
        }
    }
}
