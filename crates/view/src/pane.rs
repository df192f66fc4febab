//! One pane: its screen, and what lies above it when its program does not run.

use super::facts::ended;
use super::hits::Target;
use super::ratatui_bridge as bridge;
use super::text;
use super::{Composer, Screens};
use segno_agent::status::Activity;
use segno_base::ids::PaneId;
use segno_base::screen::cell::{Cell, Style, Width};
use segno_base::screen::frame::{Cursor, Frame};
use segno_base::screen::geometry::{Point, Rect, Size};
use segno_config::keys::command::Command;
use segno_config::sections::looks::Borders;
use segno_core::model::pane::{Life, Pane, StaleAnswer, StaleChoice};

impl Composer<'_> {
    pub(super) fn pane(&mut self, id: PaneId, rect: Rect, focused: bool, screens: &dyn Screens) {
        if rect.is_empty() {
            return;
        }
        self.hits.add(rect, Target::Pane(id));
        if let Some(copy) = self.model.copy_mode(self.client.id, id) {
            return self.copy_mode(id, copy, rect, focused, screens);
        }
        let cut = self.model.panes.get(&id).map(|pane| pane.size).filter(|size| {
            // Smaller ones are not given to programs.
            size.cols > rect.cols.max(Size::MIN.cols) || size.rows > rect.rows.max(Size::MIN.rows)
        });
        let cursor = match cut {
            Some(size) => self.part_of_pane(id, size, rect, screens),
            None => screens.draw(id, &mut self.frame, rect),
        };
        let Some(pane) = self.model.panes.get(&id) else {
            return;
        };
        if let Some(choice) = &pane.choice {
            return self.stale_choice(id, choice, rect);
        }
        let theme = *self.theme();
        match &pane.life {
            Life::Queued(_) => {
                let line = Notice::new("waiting to start", theme.quiet);
                let borders = self.borders();
                notice(&mut self.frame, rect, &[line], None, borders);
            }
            Life::Failed { why } => self.failed(pane, why, rect),
            Life::Exited { status, .. } => {
                let asleep = pane.is_asleep();
                let starts = if asleep { "any key wakes it" } else { "enter restart" };
                let hints = self.hints(starts, Command::ClosePane, "close");
                let hints = match pane.notes.len() > pane.notes_read {
                    true => self.hints(&hints, Command::Messages, "shows more"),
                    false => hints,
                };
                let text = match asleep {
                    true => format!(" asleep · {hints}"),
                    false => format!(" {status} · {hints}"),
                };
                // How to close it is what matters most, also in a narrow pane.
                let text = match text::width(&text) > rect.cols {
                    true if asleep => " asleep · any key wakes".to_string(),
                    true => {
                        self.hints(&format!(" {}", ended(*status)), Command::ClosePane, "close")
                    }
                    false => text,
                };
                let line = Rect::new(rect.x, rect.bottom() - 1, rect.cols, 1);
                self.frame.fill(line, &Cell::new(' ', theme.text));
                self.frame.text(
                    Point::new(line.x, line.y),
                    &text::fit(&text, line.cols),
                    theme.message,
                    line.cols,
                );
            }
            _ if self.is_starting(pane, rect) => {
                let text = text::fit(&format!("starting {} …", pane.traits.title), rect.cols);
                let borders = self.borders();
                notice(&mut self.frame, rect, &[Notice::new(&text, theme.quiet)], None, borders);
            }
            _ => {
                // Drawn again alone, it would lose what is said while it starts.
                let alone = cut.is_none() && !starts(pane);
                if alone && screens.scroll(id).is_none_or(|(offset, _)| offset == 0) {
                    self.is_live(id, rect, focused);
                }
                if focused
                    && let Some(cursor) = cursor
                    && rect.contains(cursor.at)
                {
                    self.frame.cursor = Some(cursor);
                }
            }
        }
    }

    /// Draws the part of a larger pane that has its cursor, and answers that in frame coordinates.
    fn part_of_pane(
        &mut self,
        id: PaneId,
        size: Size,
        rect: Rect,
        screens: &dyn Screens,
    ) -> Option<Cursor> {
        let mut whole = Frame::new(size);
        let area = whole.area();
        let cursor = screens.draw(id, &mut whole, area);
        // An agent that hides its cursor has its input at the bottom.
        let end = Point::new(0, size.rows.saturating_sub(1));
        let at = cursor.map_or(end, |cursor| cursor.at);
        let from =
            Point::new((at.x + 1).saturating_sub(rect.cols), (at.y + 1).saturating_sub(rect.rows));
        for y in 0..rect.rows {
            for x in 0..rect.cols {
                let cell = whole.get(Point::new(from.x + x, from.y + y));
                let mut cell = cell.cloned().unwrap_or(Cell::BLANK);
                // Half of a wide character cannot be shown.
                let torn = match cell.width {
                    Width::Tail => x == 0,
                    Width::Two => x + 1 == rect.cols,
                    Width::One => false,
                };
                if torn {
                    cell = Cell::new(' ', cell.style);
                }
                self.frame.set(Point::new(rect.x + x, rect.y + y), cell);
            }
        }
        self.hits.shift(id, from);
        let at = |cursor: Cursor| {
            Point::new(rect.x + cursor.at.x - from.x, rect.y + cursor.at.y - from.y)
        };
        cursor.map(|cursor| Cursor { at: at(cursor), ..cursor })
    }

    /// Whether an agent is on its way, and has shown nothing yet.
    fn is_starting(&self, pane: &Pane, rect: Rect) -> bool {
        let blank = |y| {
            let row = self.frame.row(y);
            let cells = row.iter().skip(rect.x.into()).take(rect.cols.into());
            cells.into_iter().all(|cell| *cell == Cell::BLANK)
        };
        starts(pane) && (rect.y..rect.bottom()).all(blank)
    }

    fn failed(&mut self, pane: &Pane, why: &str, rect: Rect) {
        let theme = *self.theme();
        let title = format!("{} could not be started", pane.label());
        let hint = self.hints("enter try again", Command::ClosePane, "close");
        let mut lines = vec![Notice::new(&title, theme.error)];
        let room = rect.cols.saturating_sub(4).max(1);
        lines.extend(text::wrap(why, room, 6).iter().map(|line| Notice::new(line, theme.text)));
        lines.push(Notice::new(&hint, theme.quiet));
        let borders = self.borders();
        notice(&mut self.frame, rect, &lines, Some((theme.line, "")), borders);
    }

    /// The question about a conversation that the agent does not know any more.
    fn stale_choice(&mut self, id: PaneId, choice: &StaleChoice, rect: Rect) {
        let theme = *self.theme();
        let title = "The agent no longer knows the conversation";
        let session = choice.session.to_string();
        let answers = choice.answers();
        let mut lines =
            vec![Notice::new(title, theme.attention), Notice::new(&session, theme.text)];
        // The answers matter most: where it is too low for all, they alone are shown.
        if usize::from(rect.rows) < lines.len() + answers.len() {
            lines.clear();
        } else if usize::from(rect.rows) > lines.len() + answers.len() {
            lines.push(Notice::new("", theme.text));
        }
        let heading = lines.len();
        let texts: Vec<String> = (1..)
            .zip(answers)
            .map(|(number, answer)| format!(" {number} {}", answer_text(*answer)))
            .collect();
        let widest = texts.iter().map(String::len).max().unwrap_or(0) + 1;
        let widest = widest.min(rect.cols.into());
        for (index, text) in texts.iter().enumerate() {
            let style = if index == choice.selected { theme.selected } else { theme.text };
            lines.push(Notice::new(&format!("{text:<widest$}"), style));
        }
        let borders = self.borders();
        let rows = notice(
            &mut self.frame,
            rect,
            &lines,
            Some((theme.attention, "↑↓ select · enter")),
            borders,
        );
        for (index, row) in rows.into_iter().skip(heading).enumerate() {
            self.hits.add(row, Target::Answer(id, index));
        }
    }
}

/// Whether an agent is on its way.
fn starts(pane: &Pane) -> bool {
    let says_so = pane.agent().is_some_and(|status| status.activity == Activity::Starting);
    pane.traits.is_agent && (says_so || matches!(pane.life, Life::Starting { .. }))
}

fn answer_text(answer: StaleAnswer) -> &'static str {
    match answer {
        StaleAnswer::Fresh => "start fresh",
        StaleAnswer::ContinueLast => "continue the last one",
        StaleAnswer::ChooseAnother => "choose another",
        StaleAnswer::Restore => "restore it from the archive and resume",
    }
}

/// A line of a notice.
struct Notice {
    text: String,
    style: Style,
}

impl Notice {
    fn new(text: &str, style: Style) -> Notice {
        Notice { text: text.to_string(), style }
    }
}

/// Writes lines in the middle of a rectangle, on a ground of their own, with a border (its style,
/// and key hints for it) where there is room; returns their rows, as many as there is room for.
fn notice(
    frame: &mut Frame,
    rect: Rect,
    lines: &[Notice],
    border: Option<(Style, &str)>,
    borders: Borders,
) -> Vec<Rect> {
    let count = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(rect.rows);
    let widest = lines.iter().map(|line| text::width(&line.text)).max().unwrap_or(0);
    let roomy = rect.rows >= count.saturating_add(2) && rect.cols >= widest.saturating_add(6);
    let (cols, margin) =
        if roomy { (widest + 6, 1) } else { (widest.saturating_add(2).min(rect.cols), 0) };
    let x = rect.x + (rect.cols - cols) / 2;
    let y = rect.y + (rect.rows - count) / 2;
    let ground = Rect::new(x, y - margin, cols, count + 2 * margin);
    frame.fill(ground, &Cell::BLANK);
    if let Some((style, hint)) = border.filter(|_| roomy) {
        let mut block = bridge::border(borders).border_style(bridge::style(style));
        if !hint.is_empty() {
            block = block.title_bottom(format!(" {hint} "));
        }
        bridge::draw(block, frame, ground);
    }
    let inset = 2 * margin;
    let rows: Vec<Rect> =
        (0..count).map(|row| Rect::new(x + inset, y + row, cols - 2 * inset, 1)).collect();
    for (row, line) in rows.iter().zip(lines) {
        text::centered(frame, *row, &line.text, line.style);
    }
    rows
}
