//! The row at the bottom: the mode, the focused pane and its agent, where it is, and the way to
//! the help. A message to the client takes its place.

use crate::agent::status::{Activity, Usage};
use crate::base::geometry::{Point, Rect};
use crate::config::command::Command;
use crate::core::model::{Pane, Tab};

use super::hits::Target;
use super::text::{self, Pieces};
use super::{Composer, Screens, copy, facts};

const BRAND: &str = " 𝄋 segno ";
const NAME_MAX: u16 = 24;
const DETAIL_MAX: u16 = 60;
/// With less room than this a title says nothing.
const TITLE_MIN: u16 = 10;
const PATH_MIN: u16 = 10;
const PATH_MAX: u16 = 32;

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
        if let Some(tab) = tab
            && self.copy_status(tab.focus, Rect::new(area.x + used, area.y, area.cols - used, 1))
        {
            return;
        }
        let pane = tab.and_then(|tab| self.model.panes.get(&tab.focus));
        let rest = Rect::new(area.x + used, area.y, area.cols - used, 1);
        let mut middle = pane.map(|pane| self.state_of(pane)).unwrap_or_default();
        let right = self.right_part(pane, rest.cols.saturating_sub(middle.width()));
        let room = rest.cols - right.width().min(rest.cols);
        if let Some(pane) = pane {
            self.add_conversation(&mut middle, pane, room);
        }
        middle.draw(&mut self.frame, Point::new(rest.x, rest.y), room);
        right.draw(&mut self.frame, Point::new(rest.x + room, rest.y), rest.cols - room);
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
            if let Some(copy) = self.model.copy_mode(self.client.id, tab.focus) {
                badge(&copy::badge(copy));
            } else if let Some((offset, history)) = screens.scroll(tab.focus)
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

    /// The focused pane: what it is, and what its agent does. This comes before all else.
    fn state_of(&self, pane: &Pane) -> Pieces {
        let theme = self.theme();
        let mut pieces = Pieces::default();
        pieces.push(format!(" {}", text::fit(pane.label(), NAME_MAX)), theme.text);
        let unread = pane.notes.len().saturating_sub(pane.notes_read);
        let notes = unread + self.model.warnings.len();
        if notes > 0 {
            pieces.push(format!("  ⚠ {notes}"), theme.attention);
        }
        if let Some((state, since)) = facts::state(pane) {
            let mark = facts::mark(pane);
            let style = mark.map_or(theme.quiet, |mark| mark.style(theme));
            let sign = mark.map_or(String::new(), |mark| format!("{} ", mark.sign()));
            pieces.push(format!("  {sign}{state}"), style);
            if let Some((since, offset)) = since.zip(self.context.utc_offset) {
                pieces.push(format!(" since {}", text::clock(since, offset)), theme.quiet);
            }
        }
        let detail = pane.agent().and_then(|status| match status.activity {
            Activity::Blocked | Activity::Error | Activity::Retrying => status.detail,
            _ => None,
        });
        if let Some(detail) = detail.filter(|_| pane.is_live()) {
            pieces.push(format!(" · {}", text::one_line(&detail, DETAIL_MAX)), theme.text);
        }
        pieces
    }

    /// The conversation's title and what it has used, as far as there is room: the numbers whole
    /// or not at all, the title cut.
    fn add_conversation(&self, pieces: &mut Pieces, pane: &Pane, room: u16) {
        let quiet = self.theme().quiet;
        let mut left = room.saturating_sub(pieces.width());
        let usage = pane.agent().and_then(|status| usage_text(&status.usage));
        let usage = usage.map(|usage| format!("  {usage}")).filter(|u| text::width(u) <= left);
        left -= usage.as_deref().map_or(0, text::width);
        let title = facts::conversation(pane)
            .or_else(|| (!pane.title.is_empty()).then(|| pane.title.clone()));
        if let Some(title) = title
            && left >= TITLE_MIN
        {
            pieces.push(format!("  {}", text::one_line(&title, left - 2)), quiet);
        }
        if let Some(usage) = usage {
            pieces.push(usage, quiet);
        }
    }

    /// Where the pane is, and how to get help: what of it fits.
    fn right_part(&self, pane: Option<&Pane>, room: u16) -> Pieces {
        let theme = self.theme();
        let keys = self.context.keys.keys_for(Command::Help);
        let hint = keys.map_or(String::new(), |keys| format!("  {keys} help "));
        let mut right = Pieces::default();
        let Some(left) = room.checked_sub(text::width(&hint)) else {
            return right;
        };
        if let Some(pane) = pane {
            let path = text::path(&pane.spec.cwd, self.context.home);
            // A long path leaves room for the conversation.
            let path = text::fit_end(&path, PATH_MAX.min(left / 2));
            if left / 2 >= PATH_MIN || text::width(&path) + 2 <= left / 2 {
                right.push(format!("  {path}"), theme.text);
            }
        }
        right.push(hint, theme.quiet);
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
