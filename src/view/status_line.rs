//! The row at the bottom: what the settings want it to say, as far as there is room. A message to
//! the client takes its place.

use super::hits::Target;
use super::text::{self, Pieces};
use super::{Composer, Screens, copy, facts};
use crate::core::model::workspace::{Pane, Tab};
use segno_agent::status::{Activity, Usage};
use segno_base::screen::geometry::{Point, Rect};
use segno_base::text::amount::amount;
use segno_base::text::day::Day;
use segno_config::keys::command::Command;
use segno_config::sections::looks::{Segment, Shows};

const BRAND: &str = " 𝄋 segno";
const PLAIN_BRAND: &str = " segno";
/// With less room than this a shortened text says nothing.
const SHORT: u16 = 12;
const SHORTEST: u16 = 3;
/// How important the state is.
const STATE: u8 = 2;

/// How a text gives way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Whole or not at all.
    Never,
    End,
    /// The end says most.
    Start,
}

/// A part of the line.
struct Part {
    shows: Shows,
    pieces: Pieces,
    /// The least important goes first.
    rank: u8,
    cut: Cut,
    max: Option<u16>,
    /// The columns it gets.
    cols: u16,
}

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
            return self.ground(area, theme.bar);
        }
        if let Some(tab) = tab
            && self.model.copy_mode(self.client.id, tab.focused()).is_some()
        {
            // What copy mode says takes the place of all but the modes.
            let mut left = self.modes(Some(tab), screens);
            if left.is_empty() {
                left.push(format!("{} ", self.brand()), theme.accent);
            }
            let used = left.draw(&mut self.frame, at, area.cols);
            self.copy_status(tab.focused(), Rect::new(area.x + used, area.y, area.cols - used, 1));
            return self.ground(area, theme.bar);
        }
        let looks = &self.model.looks.status;
        let parts = |segments: &[Segment]| -> Vec<Part> {
            segments.iter().filter_map(|s| self.part(*s, tab, screens)).collect()
        };
        let mut line = [parts(&looks.left), parts(&looks.middle), parts(&looks.right)];
        share(&mut line, area.cols);
        let [left, middle, right] = line;
        let right = joined(&right);
        let start = area.cols - right.width().min(area.cols);
        let mut before = joined(&left);
        before.append(joined(&middle));
        before.draw(&mut self.frame, at, start);
        let at = Point::new(area.x + start, area.y);
        right.draw(&mut self.frame, at, area.cols - start);
        self.ground(area, theme.bar);
    }

    /// What a segment shows now, if anything.
    fn part(&self, segment: Segment, tab: Option<&Tab>, screens: &dyn Screens) -> Option<Part> {
        let theme = self.theme();
        let pane = tab.and_then(|tab| self.model.panes.get(&tab.focused()));
        let mut pieces = Pieces::default();
        let mut cut = Cut::Never;
        let rank = match segment.shows {
            Shows::Mode => {
                pieces = self.modes(tab, screens);
                if pieces.is_empty() {
                    pieces.push(self.brand(), theme.accent);
                }
                0
            }
            Shows::Brand => {
                pieces.push(self.brand(), theme.accent);
                10
            }
            Shows::Tab => {
                let tab = tab?;
                let index = self.model.tabs.iter().position(|t| t.id == tab.id)?;
                let name = facts::tab_name(tab, pane);
                cut = Cut::End;
                pieces.push(text::one_line(&format!("{} {name}", index + 1), u16::MAX), theme.text);
                6
            }
            Shows::Name => {
                cut = Cut::End;
                pieces.push(text::one_line(pane?.label(), u16::MAX), theme.text);
                3
            }
            Shows::Type => {
                cut = Cut::End;
                pieces.push(text::one_line(&pane?.traits.title, u16::MAX), theme.quiet);
                11
            }
            Shows::Notes => {
                let unread = |pane: &Pane| pane.notes.len().saturating_sub(pane.notes_read);
                let notes = pane.map_or(0, unread) + self.model.warnings.len();
                let text = match (notes, self.plain()) {
                    (0, _) => return None,
                    (1, true) => "1 message".to_string(),
                    (_, true) => format!("{notes} messages"),
                    _ => format!("⚠ {notes}"),
                };
                pieces.push(text, theme.attention);
                1
            }
            Shows::Notifications => {
                let text = match (self.model.notices.unseen(), self.plain()) {
                    (0, _) => return None,
                    (count, true) => format!("{count} unseen"),
                    (count, false) => format!("✉ {count}"),
                };
                pieces.push(text, theme.attention);
                1
            }
            Shows::State if pane.is_some_and(|pane| facts::shell(pane).is_some()) => {
                cut = Cut::End;
                let said = facts::shell(pane?)?;
                pieces.push(text::one_line(&said, u16::MAX), theme.attention);
                STATE
            }
            Shows::State => {
                let (state, _) = facts::state(pane?)?;
                let mark = facts::mark(pane?);
                let style = mark.map_or(theme.quiet, |mark| mark.style(theme));
                let sign = mark.filter(|_| !self.plain());
                let sign = sign.map_or(String::new(), |mark| format!("{} ", mark.sign()));
                pieces.push(format!("{sign}{state}"), style);
                STATE
            }
            Shows::Since => {
                let (_, since) = facts::state(pane?)?;
                let (since, offset) = since.zip(self.context.utc_offset)?;
                pieces.push(format!("since {}", text::clock(since, offset)), theme.quiet);
                7
            }
            Shows::Detail => {
                let status = pane.filter(|p| p.is_live())?.agent()?;
                let detail = match status.activity {
                    Activity::Blocked | Activity::Error | Activity::Retrying => status.detail?,
                    _ => return None,
                };
                cut = Cut::End;
                pieces.push(text::one_line(&detail, u16::MAX), theme.text);
                4
            }
            Shows::Title => {
                let pane = pane?;
                let title = facts::conversation(pane)
                    .or_else(|| (!pane.title.is_empty()).then(|| pane.title.clone()))?;
                cut = Cut::End;
                pieces.push(text::one_line(&title, u16::MAX), theme.quiet);
                6
            }
            Shows::Usage => {
                pieces.push(usage_text(&pane?.agent()?.usage)?, theme.quiet);
                9
            }
            Shows::Today => {
                let (day, cost) = self.model.used_today?;
                let offset = self.context.utc_offset.unwrap_or(0);
                if Day::of(self.context.now_ms / 1000, offset) != day {
                    return None;
                }
                pieces.push(format!("{} today", text::cost(cost)?), theme.quiet);
                10
            }
            Shows::Session => {
                cut = Cut::End;
                pieces.push(pane?.session()?.to_string(), theme.quiet);
                12
            }
            Shows::Path => {
                cut = Cut::Start;
                let path = text::path(&pane?.spec.cwd, self.context.home);
                pieces.push(path, theme.text);
                8
            }
            Shows::Clients => {
                let count = self.model.clients.len();
                if count < 2 {
                    return None;
                }
                pieces.push(format!("{count} attached"), theme.quiet);
                5
            }
            Shows::Help => {
                let tour = self.context.keys.keys_for(Command::Tour);
                if let Some(tour) = tour.filter(|_| self.model.newcomer) {
                    pieces.push(format!("new here? {tour} tour  "), theme.message);
                }
                let keys = self.context.keys.keys_for(Command::Help)?;
                pieces.push(format!("{keys} help "), theme.quiet);
                5
            }
        };
        (!pieces.is_empty()).then_some(Part {
            shows: segment.shows,
            pieces,
            rank,
            cut,
            max: segment.max,
            cols: 0,
        })
    }

    fn brand(&self) -> &'static str {
        if self.plain() { PLAIN_BRAND } else { BRAND }
    }

    /// That a pane's input waits, and how to drop it.
    fn input_waits(&self, pane: &Pane) -> String {
        let Some(waits) = pane.input_waits else { return String::new() };
        let how = if waits.stalled { "takes no input" } else { "takes input slowly" };
        let mut text = format!("{} {how}: {} wait", pane.id, amount(waits.bytes));
        if waits.lost > 0 {
            text.push_str(&format!(", {} lost", amount(waits.lost)));
        }
        if let Some(keys) = self.context.keys.keys_for(Command::DropInput) {
            text.push_str(&format!(" · {keys} drops them"));
        }
        text
    }

    /// What changes the meaning of keys or what is seen, as badges.
    fn modes(&self, tab: Option<&Tab>, screens: &dyn Screens) -> Pieces {
        let theme = self.theme();
        let mut modes = Pieces::default();
        let mut badge = |text: &str| {
            if !modes.is_empty() {
                modes.push(" ", theme.text);
            }
            modes.push(format!(" {text} "), theme.badge);
        };
        if self.client.prefix {
            badge("PREFIX");
        }
        if !self.client.pending.keys.is_empty() {
            let keys: Vec<_> = self.client.pending.keys.iter().map(ToString::to_string).collect();
            badge(&keys.join(" "));
        }
        if self.client.read_only {
            badge("READ ONLY");
        }
        if let Some(tab) = tab {
            match self.model.audience(tab.focused()).len() {
                0 | 1 => {}
                all => badge(&format!("TYPING INTO {all} PANES")),
            }
            if let Some(copy) = self.model.copy_mode(self.client.id, tab.focused()) {
                badge(&copy::badge(copy));
            } else if let Some((offset, history)) = screens.scroll(tab.focused())
                && offset > 0
            {
                badge(&format!("SCROLL {offset}/{history}"));
            }
            if tab.zoomed {
                badge("ZOOM");
            }
            let focused = self.model.panes.get(&tab.focused());
            if let Some(pane) = focused.filter(|pane| pane.input_waits.is_some()) {
                if !modes.is_empty() {
                    modes.push(" ", theme.text);
                }
                modes.push(format!(" {} ", self.input_waits(pane)), theme.attention);
            }
        }
        modes
    }
}

/// Gives every part its columns, the most important first: all of it, or as much as still says
/// something; what is left then goes to those that were cut.
fn share(line: &mut [Vec<Part>; 3], cols: u16) {
    let mut order: Vec<(u8, usize, usize)> = Vec::new();
    for (place, parts) in line.iter().enumerate() {
        order.extend(parts.iter().enumerate().map(|(index, part)| (part.rank, place, index)));
    }
    order.sort_unstable();
    let mut left = cols;
    for &(_, place, index) in &order {
        let part = &mut line[place][index];
        let least = match part.shows {
            _ if part.cut == Cut::Never => part.wanted(),
            // The reason why somebody is asked for.
            Shows::Detail => part.wanted().min(3 * SHORT),
            _ => part.wanted().min(SHORT),
        };
        let room = left.saturating_sub(part.gap());
        if least <= room {
            part.cols = least;
        } else if part.rank <= STATE && room >= SHORTEST {
            // Modes and the state are shown however little of them fits.
            part.cols = room;
        }
        if part.cols > 0 {
            left -= part.cols + part.gap();
        }
    }
    for &(_, place, index) in &order {
        let part = &mut line[place][index];
        if part.cols > 0 {
            let more = (part.wanted() - part.cols).min(left);
            part.cols += more;
            left -= more;
        }
    }
    for parts in line.iter_mut() {
        parts.retain(|part| part.cols > 0);
    }
}

impl Part {
    fn wanted(&self) -> u16 {
        let whole = self.pieces.width();
        self.max.map_or(whole, |max| whole.min(max))
    }

    /// The columns before it.
    fn gap(&self) -> u16 {
        match self.shows {
            // They have a ground of their own, right from the edge.
            Shows::Mode | Shows::Brand => 0,
            // Belongs to what is before it.
            Shows::Since => 1,
            _ => 2,
        }
    }
}

/// Parts one after the other, each cut to its columns.
fn joined(parts: &[Part]) -> Pieces {
    let mut line = Pieces::default();
    for part in parts {
        line.push(" ".repeat(part.gap().into()), Default::default());
        line.append(match part.cut {
            Cut::Start => part.pieces.clone().fit_end(part.cols),
            _ => part.pieces.clone().fit(part.cols),
        });
    }
    line
}

/// `12.3k tok · $0.04 · 31% full`; nothing while nothing was used.
fn usage_text(usage: &Usage) -> Option<String> {
    let tokens = usage.counts.tokens();
    let tokens = (tokens > 0).then(|| format!("{} tok", text::count(tokens)));
    let full = match (usage.context, usage.context_limit) {
        (Some(used), Some(limit)) if limit > 0 => {
            Some(format!("{}% full", used.saturating_mul(100) / limit))
        }
        _ => None,
    };
    let parts: Vec<String> =
        tokens.into_iter().chain(text::cost(usage.counts.cost)).chain(full).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}
