//! One pane: its screen, and what lies above it when its program does not run.

use super::hits::Target;
use super::ratatui_bridge as bridge;
use super::text;
use super::{Composer, Screens};
use crate::core::model::workspace::{Life, Pane, StaleAnswer, StaleChoice};
use segno_base::ids::PaneId;
use segno_base::screen::cell::{Cell, Style};
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Point, Rect};
use segno_config::keys::command::Command;
use segno_config::sections::looks::Borders;

impl Composer<'_> {
    pub(super) fn pane(&mut self, id: PaneId, rect: Rect, focused: bool, screens: &dyn Screens) {
        if rect.is_empty() {
            return;
        }
        self.hits.add(rect, Target::Pane(id));
        if let Some(copy) = self.model.copy_mode(self.client.id, id) {
            return self.copy_mode(id, copy, rect, focused, screens);
        }
        let cursor = screens.draw(id, &mut self.frame, rect);
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
                let starts = if asleep { "any key wake" } else { "enter restart" };
                let hints = self.hints(starts, Command::ClosePane, "close");
                let hints = match pane.notes.len() > pane.notes_read {
                    true => self.hints(&hints, Command::Messages, "shows more"),
                    false => hints,
                };
                let text = match asleep {
                    true => format!(" asleep · {hints}"),
                    false => format!(" {status} · {hints}"),
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
            _ => {
                if screens.scroll(id).is_none_or(|(offset, _)| offset == 0) {
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
