//! The search over every conversation: what was found, and beside it, or below where it is narrow,
//! the selected conversation at what was found in it.

use super::panel::{Panel, Row, Show};
use crate::{Composer, text};
use segno_base::screen::cell::Style;
use segno_base::text::plain_text;
use segno_core::archive::{FoundConversation, FoundEntry, Said};
use segno_core::dialog::history::HistoryDialog;
use segno_core::dialog::history::filters::{Choice, Filter, FilterKind};

const COLS: u16 = 160;
/// From so many columns on the conversation is beside the list.
const BESIDE: u16 = 96;
/// Border and a line around it.
const AROUND_ROWS: u16 = 4;
/// From so many lines on there is room for more than what is needed.
const TALL: u16 = 16;
/// Lines of one entry that are shown, and of the one that was found.
const ENTRY_LINES: usize = 6;
const FOUND_LINES: usize = 60;

const HINTS: &str = "tab next · enter open · ctrl+ o filter, f fork, r read, e export, y copy id";
const CHOICE_HINTS: &str = "type to find · enter add · ⌫ back · esc close";

impl Composer<'_> {
    pub(super) fn history(&self, dialog: &HistoryDialog) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        let field_room = room.saturating_sub(6);
        let (lead, field) = match &dialog.narrowing {
            None => ("find: ", &dialog.field),
            Some(list) => (list.kind.map_or("filter: ", FilterKind::key), &list.field),
        };
        let field = Row::new(lead, theme.quiet).field(field, field_room, theme.text, true);
        let rows = self.frame.size().rows;
        let mut head = vec![field];
        if rows >= TALL || !dialog.filters.is_empty() {
            head.push(self.chips(&dialog.filters, room));
        }
        if rows >= TALL {
            head.push(Row::default());
        }
        let height = usize::from(rows.saturating_sub(AROUND_ROWS)).saturating_sub(head.len());
        let height = height.max(1);
        if let Some(list) = &dialog.narrowing {
            let (rows, hints) = (self.choices(dialog, room), CHOICE_HINTS.to_string());
            let (title, show) = ("History".to_string(), Show::Row(list.selected));
            return Panel { title, head, rows, show, hints, cols: COLS };
        }
        let rows = match room >= BESIDE {
            true => {
                let list_cols = room * 2 / 5;
                let list = self.history_list(dialog, list_cols, height);
                let right = room.saturating_sub(list_cols + 3);
                let passage = self.history_passage(dialog, right, height);
                beside(list, list_cols, passage, theme.line)
            }
            false => {
                let upper = (height / 2).max(1);
                let mut rows = self.history_list(dialog, room, upper);
                let lower = height.saturating_sub(rows.len() + 1);
                if lower > 1 && dialog.current().is_some() {
                    rows.push(Row::new("─".repeat(room.into()), theme.line));
                    rows.extend(self.history_passage(dialog, room, lower));
                }
                rows
            }
        };
        Panel {
            title: "History".to_string(),
            head,
            rows,
            show: Show::Row(0),
            hints: HINTS.to_string(),
            cols: COLS,
        }
    }

    /// The filters of the search, the last ones in sight; without any, how to get one.
    fn chips(&self, filters: &[Filter], room: u16) -> Row {
        let theme = self.theme();
        if filters.is_empty() {
            return Row::new("ctrl+o filters: agent, project, role, time …", theme.quiet);
        }
        let chip = |one: &Filter| {
            format!(" {} ", text::one_line(&one.text(), room.saturating_sub(5).max(1)))
        };
        let texts: Vec<String> = filters.iter().map(chip).collect();
        let mut left = room.saturating_sub(2);
        let fits = |text: &&String| {
            let cols = text::width(text) + 1;
            let fits = cols <= left + 1;
            left = left.saturating_sub(cols);
            fits
        };
        let count = texts.iter().rev().take_while(fits).count().max(1);
        let cut = texts.len() - count;
        let mut row = Row::default();
        if cut > 0 {
            row = row.and("… ", theme.quiet);
        }
        for text in &texts[cut..] {
            row = row.and(text.clone(), theme.selected).and(" ", theme.text);
        }
        row
    }

    /// What the list of filters offers.
    fn choices(&self, dialog: &HistoryDialog, room: u16) -> Vec<Row> {
        let theme = self.theme();
        let selected = dialog.narrowing.as_ref().map_or(0, |list| list.selected);
        let choices = dialog.choices();
        let row = |(at, choice): (usize, &Choice)| {
            let pick = |style: Style| if at == selected { theme.selected } else { style };
            let (name, meaning) = match choice {
                Choice::Kind(kind) => (kind.key().to_string(), kind.meaning().to_string()),
                Choice::Add(filter) => (filter.text(), String::new()),
                Choice::Remove(n) => {
                    let filter = dialog.filters.get(*n).map(Filter::text).unwrap_or_default();
                    (filter, "remove it".to_string())
                }
            };
            let name = text::one_line(&name, room.saturating_sub(1));
            let row = Row::new(name, pick(theme.text)).pad(12, pick(theme.text));
            let row = if meaning.is_empty() { row } else { row.and("  ", pick(theme.text)) };
            row.and(meaning, pick(theme.quiet)).pad(room, pick(theme.text)).hit(at)
        };
        let rows: Vec<Row> = choices.iter().enumerate().map(row).collect();
        match rows.is_empty() {
            true => vec![Row::new("type a value", theme.quiet)],
            false => rows,
        }
    }

    /// The conversations, with the selected one in sight.
    fn history_list(&self, dialog: &HistoryDialog, room: u16, height: usize) -> Vec<Row> {
        let theme = self.theme();
        let mut rows = Vec::new();
        let mut focus = 0..0;
        for (at, found) in dialog.conversations().iter().enumerate() {
            let here = at == dialog.selected;
            let begin = rows.len();
            rows.push(self.history_row(found, here, room).hit(at));
            for (n, hit) in found.hits.iter().enumerate() {
                let looked_at = here && n == dialog.hit;
                if here || n == 0 {
                    rows.push(self.history_hit(hit, looked_at, room).hit(at));
                }
                if looked_at {
                    focus = begin..rows.len();
                }
            }
            if here && focus.is_empty() {
                focus = begin..rows.len();
            }
        }
        match &dialog.found {
            None => rows.push(Row::new("searching …", theme.quiet)),
            Some(Err(why)) => {
                let why = text::wrap(why, room.max(1), 4);
                rows.extend(why.into_iter().map(|line| Row::new(line, theme.error)));
            }
            Some(Ok(found)) if found.conversations.is_empty() => {
                rows.push(Row::new("No matches", theme.quiet));
            }
            Some(Ok(found)) if !found.complete => {
                rows.push(Row::new("… more matches; add words to narrow the search", theme.quiet));
            }
            Some(Ok(_)) => {}
        }
        let from = if focus.end > height { focus.start.saturating_sub(height / 3) } else { 0 };
        let from = from.min(rows.len().saturating_sub(height));
        rows.drain(..from);
        rows.truncate(height);
        rows
    }

    /// What it is called, of which agent it is, and how old.
    fn history_row(&self, found: &FoundConversation, here: bool, room: u16) -> Row {
        let theme = self.theme();
        let pick = |style: Style| if here { theme.selected } else { style };
        let age = found.time.map(|at| text::age(at, self.context.now_ms)).unwrap_or_default();
        let note = match found.gone {
            true => format!("deleted · {age}"),
            false => age,
        };
        let lead = format!("{}  ", text::one_line(&found.of.type_name, 16));
        let used = text::width(&lead) + text::width(&note) + 2;
        let title = found.title.as_deref().unwrap_or(&found.of.id);
        let title = text::one_line(title, room.saturating_sub(used).max(8));
        Row::new(lead, pick(theme.quiet))
            .and(title, pick(theme.accent))
            .pad(room.saturating_sub(text::width(&note)), pick(theme.text))
            .and(note, pick(theme.quiet))
    }

    /// A line of what was found, with the words standing out.
    pub(super) fn history_hit(&self, hit: &FoundEntry, here: bool, room: u16) -> Row {
        let theme = self.theme();
        let lead = format!("{} {}: ", if here { " ▸" } else { "  " }, plain_text::line(&hit.who));
        // The first word that was found is in sight.
        let first = hit.marks.first().map_or(0, |mark| mark.0);
        let left = room.saturating_sub(text::width(&lead));
        let from = match first > usize::from(left / 2) {
            true => hit.text.floor_char_boundary(first.saturating_sub(usize::from(left / 3))),
            false => 0,
        };
        let mut row = Row::new(lead, theme.quiet);
        let mut at = from;
        for (begin, end) in &hit.marks {
            let (Some(before), Some(word)) = (hit.text.get(at..*begin), hit.text.get(*begin..*end))
            else {
                continue;
            };
            row = row.and(plain_text::line(before), theme.text);
            row = row.and(plain_text::line(word), theme.attention);
            at = *end;
        }
        row.and(plain_text::line(hit.text.get(at..).unwrap_or_default()), theme.text)
    }

    /// The selected conversation at what was found in it.
    fn history_passage(&self, dialog: &HistoryDialog, room: u16, height: usize) -> Vec<Row> {
        let theme = self.theme();
        let Some((found, hit)) = dialog.current() else { return Vec::new() };
        let place = found.directory.as_deref().map(|path| text::path(path, self.context.home));
        let fork = found.forked_from.as_ref().map(|id| format!("fork of {id}"));
        let facts = [Some(found.of.id.clone()), place, fork].into_iter().flatten();
        let facts = facts.collect::<Vec<_>>().join(" · ");
        let mut rows = vec![Row::new(text::one_line(&facts, room), theme.quiet)];
        let said = match dialog.said() {
            None => return rows,
            Some(Err(why)) => {
                let why = text::wrap(why, room.max(1), 3);
                rows.extend(why.into_iter().map(|line| Row::new(line, theme.error)));
                return rows;
            }
            Some(Ok(said)) => said,
        };
        let words: Vec<String> = hit.iter().flat_map(|hit| found_words(hit)).collect();
        let mut body = Vec::new();
        let mut focus = 0;
        for said in said {
            let is_it = hit.is_some_and(|hit| hit.entry == said.entry);
            if is_it {
                focus = body.len();
            }
            body.extend(self.history_said(said, is_it, &words, room));
        }
        // Where it was found is in the upper third.
        let left = height.saturating_sub(rows.len());
        let first = body.iter().skip(focus).position(|(_, marked)| *marked).unwrap_or(0);
        let from = match first + 1 > left * 2 / 3 {
            true => (focus + first).saturating_sub(left / 3),
            false => focus.saturating_sub(left / 3),
        };
        let from = from.min(body.len().saturating_sub(left));
        rows.extend(body.into_iter().skip(from).take(left).map(|(row, _)| row));
        rows
    }

    /// A message or call, each line with whether a word was found in it.
    fn history_said(
        &self,
        said: &Said,
        is_it: bool,
        words: &[String],
        room: u16,
    ) -> Vec<(Row, bool)> {
        let theme = self.theme();
        let style = if is_it { theme.accent } else { theme.quiet };
        let who = text::one_line(&said.who, room.saturating_sub(4));
        let sign = if is_it { "▸" } else { "─" };
        let mut rows = vec![(Row::new(format!("{sign} {who}"), style), false)];
        let most = if is_it { FOUND_LINES } else { ENTRY_LINES };
        let detail = if is_it { said.detail.as_str() } else { "" };
        let lines = said.text.lines().chain(detail.lines());
        let mut lines = lines.flat_map(|line| text::fold(line, room.saturating_sub(2).max(1)));
        for line in lines.by_ref().take(most) {
            let (row, found) = marked(&line, words, theme.text, theme.attention);
            rows.push((Row::new("  ", theme.text).join(row), found && is_it));
        }
        if lines.next().is_some() {
            rows.push((Row::new("  …", theme.quiet), false));
        }
        rows
    }
}

/// Two columns side by side.
fn beside(left: Vec<Row>, cols: u16, right: Vec<Row>, line: Style) -> Vec<Row> {
    let count = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    let row = |_| {
        let left = left.next().unwrap_or_default();
        let hit = left.hit;
        let row = left.cut(cols).pad(cols, Style::default()).and(" │ ", line);
        let mut row = row.join(right.next().unwrap_or_default());
        row.hit = hit;
        row
    };
    (0..count).map(row).collect()
}

/// What was found, as it is written there.
fn found_words(hit: &FoundEntry) -> Vec<String> {
    let words = hit.marks.iter().filter_map(|(begin, end)| hit.text.get(*begin..*end));
    let mut words: Vec<String> = words.map(str::to_lowercase).filter(|w| !w.is_empty()).collect();
    words.sort();
    words.dedup();
    words
}

/// A line with these words standing out, and whether one is there.
pub(super) fn marked(line: &str, words: &[String], plain: Style, mark: Style) -> (Row, bool) {
    let lower = line.to_lowercase();
    let mut row = Row::default();
    let (mut at, mut any) = (0, false);
    // Where lower case is of another length, places would be wrong.
    while lower.len() == line.len() {
        let next = words.iter().filter_map(|word| {
            lower.get(at..).and_then(|rest| rest.find(word.as_str())).map(|n| (at + n, word.len()))
        });
        let Some((begin, length)) =
            next.min_by_key(|(begin, length)| (*begin, usize::MAX - *length))
        else {
            break;
        };
        let (Some(before), Some(word)) = (line.get(at..begin), line.get(begin..begin + length))
        else {
            break;
        };
        row = row.and(before, plain).and(word, mark);
        (at, any) = (begin + length, true);
    }
    (row.and(line.get(at..).unwrap_or_default(), plain), any)
}
