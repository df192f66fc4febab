//! What was used, as bars.

use crate::dialog::panel::{Panel, Row, Show};
use crate::{Composer, text};
use segno_base::text::bar::bar;
use segno_core::dialog::usage::{UsageDialog, Used};

const COLS: u16 = 76;
const NAME: u16 = 24;
/// The columns of cost and tokens.
const FIGURES: u16 = 20;

impl Composer<'_> {
    pub(in crate::dialog) fn usage(&self, dialog: &UsageDialog) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        let mut rows = Vec::new();
        match &dialog.sums {
            None => rows.push(Row::new("adding up …", theme.quiet)),
            Some(sums) if sums.days.is_empty() => {
                rows.push(Row::new("No usage recorded yet", theme.quiet));
            }
            Some(sums) => {
                rows.push(Row::new("Per day", theme.quiet));
                rows.extend(self.used(&sums.days, room));
                rows.extend([Row::default(), Row::new("Per project", theme.quiet)]);
                rows.extend(self.used(&sums.projects, room));
            }
        }
        Panel {
            title: "Usage of the last 14 days".to_string(),
            head: Vec::new(),
            rows,
            show: Show::From(dialog.scroll),
            hints: "↑↓ scroll · esc close".to_string(),
            cols: COLS,
        }
    }

    fn used<'u>(&self, all: &'u [Used], room: u16) -> impl Iterator<Item = Row> + use<'u> {
        let theme = *self.theme();
        let plain = self.plain();
        // What costs nothing, or says nothing of it, is compared by its tokens.
        let costs = all.iter().any(|used| used.cost > 0.0);
        let amount = move |used: &Used| if costs { used.cost } else { used.tokens as f64 };
        let most = all.iter().map(amount).fold(0.0, f64::max);
        let name = NAME.min(room / 3);
        all.iter().map(move |used| {
            let left = if plain { 0 } else { room.saturating_sub(name + FIGURES) };
            let cost = text::cost(used.cost).unwrap_or_default();
            let figures = format!("{cost:>8} {:>8}  ", text::count(used.tokens));
            Row::new(text::fit_end(&used.name, name - 1), theme.text)
                .pad(name, theme.text)
                .and(figures, theme.text)
                .and(bar(amount(used), most, left.into()), theme.accent)
        })
    }
}
