//! The list of prompts that wait for a pane's agent.

use super::panel::{Panel, Row, Show};
use crate::{Composer, text};
use segno_core::dialog::queue::QueueDialog;
use segno_core::panes::prompt_queue::Stage;

const COLS: u16 = 84;

impl Composer<'_> {
    pub(super) fn queue(&self, dialog: &QueueDialog) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        let Some(pane) = self.model.panes.get(&dialog.pane) else {
            return self.messages(&[], 0);
        };
        let count = pane.prompts.count();
        let selected = dialog.selected.min(count.saturating_sub(1));
        let mut rows: Vec<Row> = pane
            .prompts
            .waiting()
            .enumerate()
            .map(|(at, prompt)| {
                let style = if at == selected { theme.selected } else { theme.text };
                let typed = if prompt.stage == Stage::Waiting { "" } else { "  (being typed)" };
                let number = format!("{:>3}  ", prompt.number);
                let left = room.saturating_sub(text::width(&number) + text::width(typed));
                let line = format!("{number}{}{typed}", text::one_line(&prompt.text, left));
                Row::new(line, style).pad(room, style).hit(at)
            })
            .collect();
        if rows.is_empty() {
            let nothing = match pane.tracking.is_some() {
                true => "No prompts queued",
                false => "This program takes no queued prompts",
            };
            rows.push(Row::new(nothing, theme.quiet));
        }
        let mut head = Vec::new();
        if let Some(why) = pane.queue_held() {
            head.push(Row::new(text::one_line(&format!("held: {why}"), room), theme.attention));
        }
        if let Some(typing) = &dialog.typing {
            let lead = match typing.number {
                Some(number) => format!("{number:>3}  "),
                None => "new  ".to_string(),
            };
            let left = room.saturating_sub(text::width(&lead));
            head.push(Row::new(lead, theme.quiet).field(&typing.field, left, theme.text, true));
        }
        let hints = match (&dialog.typing, pane.prompts.paused()) {
            (Some(_), _) => "enter save · esc cancel",
            (None, true) => "a add · t template · e edit · d drop · p resume · esc close",
            (None, false) => {
                "a add · t template · e edit · d drop · p pause · r resume · esc close"
            }
        };
        Panel {
            title: format!("Queue of {} {}", pane.id, pane.label()),
            head,
            rows,
            show: Show::Row(selected),
            hints: hints.to_string(),
            cols: COLS,
        }
    }
}
