//! The row at the bottom: the mode, the focused pane and its agent, where it is, and the way to
//! the help. A message to the client takes its place.

use crate::agent::status::{Activity, Usage};
use crate::base::geometry::{Point, Rect};
use crate::core::model::{Pane, Tab};

use super::hits::Target;
use super::text::{self, Pieces};
use super::{Composer, Screens, facts};

const BRAND: &str = " 𝄋 segno ";
/// What the middle keeps before the right part is shown at all.
const MIDDLE_MIN: u16 = 24;

impl Composer<'_> {
    pub(super) fn status_line(&mut self, area: Rect, tab: Option<&Tab>, screens: &dyn Screens) {
        if area.is_empty() {
            return;
        }
        self.hits.add(area, Target::Status);
        let at = Point::new(area.x, area.y);
        let theme = *self.theme();
        if let Some(message) = &self.client.message {
            let message = format!(" {}", text::one_line(message, area.cols.saturating_sub(1)));
            self.frame.text(at, &message, theme.message, area.cols);
            return;
        }
        let mut left = self.modes(tab, screens);
        if left.is_empty() {
            left.push(BRAND, theme.accent);
        }
        let used = left.draw(&mut self.frame, at, area.cols);
        let pane = tab.and_then(|tab| self.model.panes.get(&tab.focus));
        let rest = Rect::new(area.x + used, area.y, area.cols - used, 1);
        let right = self.right_part(pane, rest.cols);
        let middle_room = rest.cols - right.width().min(rest.cols);
        if let Some(pane) = pane {
            let middle = self.about(pane);
            middle.draw(&mut self.frame, Point::new(rest.x, rest.y), middle_room);
        }
        let x = rest.right() - right.width().min(rest.cols);
        right.draw(&mut self.frame, Point::new(x, rest.y), rest.right() - x);
    }

    /// What changes the meaning of keys or what is seen, as badges.
    fn modes(&self, tab: Option<&Tab>, screens: &dyn Screens) -> Pieces {
        let theme = self.theme();
        let mut modes = Pieces::default();
        let mut badge = |text: &str| {
            modes.push(format!(" {text} "), theme.badge);
            modes.push(" ", theme.text);
        };
        if self.client.prefix {
            badge("PREFIX");
        }
        if self.client.read_only {
            badge("READ ONLY");
        }
        if let Some(tab) = tab {
            if let Some((offset, history)) = screens.scroll(tab.focus)
                && offset > 0
            {
                badge(&format!("SCROLL {offset}/{history}"));
            }
            if tab.zoomed {
                badge("ZOOM");
            }
        }
        modes
    }

    /// The focused pane: what it is, what its agent does, what that has used.
    fn about(&self, pane: &Pane) -> Pieces {
        let theme = self.theme();
        let mut pieces = Pieces::default();
        pieces.push(format!(" {}", pane.label()), theme.text);
        if let Some((state, since)) = facts::state(pane) {
            let mark = facts::mark(pane);
            let style = mark.map_or(theme.quiet, |mark| mark.style(theme));
            let sign = mark.map_or(String::new(), |mark| format!("{} ", mark.sign()));
            pieces.push(format!("  {sign}{state}"), style);
            if let Some((since, offset)) = since.zip(self.context.utc_offset) {
                pieces.push(format!(" since {}", text::clock(since, offset)), theme.quiet);
            }
        }
        let status = pane.agent();
        let detail = status.as_ref().and_then(|status| match status.activity {
            Activity::Blocked | Activity::Error | Activity::Retrying => status.detail.as_deref(),
            _ => None,
        });
        if let Some(detail) = detail {
            pieces.push(format!(": {}", text::one_line(detail, 60)), theme.text);
        }
        if !pane.notes.is_empty() {
            pieces.push(format!("  ⚠ {}", pane.notes.len()), theme.attention);
        }
        if let Some(usage) = status.as_ref().and_then(|status| usage_text(&status.usage)) {
            pieces.push(format!("  {usage}"), theme.quiet);
        }
        let title = facts::conversation(pane)
            .or_else(|| (!pane.title.is_empty()).then(|| pane.title.clone()));
        if let Some(title) = title {
            pieces.push(format!("  {}", text::one_line(&title, 80)), theme.quiet);
        }
        pieces
    }

    /// Where the pane is, and how to get help; less of it where there is less room.
    fn right_part(&self, pane: Option<&Pane>, room: u16) -> Pieces {
        let theme = self.theme();
        let hint = format!("{} ? help ", self.context.keys.prefix());
        let mut right = Pieces::default();
        let Some(free) = room.checked_sub(MIDDLE_MIN + text::width(&hint) + 2) else {
            return right;
        };
        if let Some(pane) = pane
            && free >= 12
        {
            let path = text::path(&pane.spec.cwd, self.context.home);
            right.push(format!("  {}", text::fit_end(&path, (free / 2).clamp(10, 40))), theme.text);
        }
        right.push(format!("  {hint}"), theme.quiet);
        right
    }
}

/// `12.3k tok · $0.04`; nothing while nothing was used.
fn usage_text(usage: &Usage) -> Option<String> {
    let tokens = [usage.input, usage.output, usage.reasoning, usage.cache_read, usage.cache_write]
        .into_iter()
        .fold(0u64, u64::saturating_add);
    let tokens = (tokens > 0).then(|| format!("{} tok", text::count(tokens)));
    let parts: Vec<String> = tokens.into_iter().chain(text::cost(usage.cost)).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}
