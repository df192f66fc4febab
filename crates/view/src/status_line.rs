//! The row at the bottom: what the settings want it to say, as far as there is room. A message to
//! the client takes its place.

use super::hits::Target;
use super::text::{self, Pieces};
use super::{Composer, Screens, copy, facts};
use segno_agent::status::{Activity, Usage};
use segno_agent::usage::quota::Quota;
use segno_base::screen::cell::Style;
use segno_base::screen::geometry::{Point, Rect};
use segno_base::text::amount::amount;
use segno_base::text::day::Day;
use segno_config::keys::command::Command;
use segno_config::sections::looks::{Segment, Shows};
use segno_core::model::pane::Pane;
use segno_core::model::tab::Tab;

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
        let Segment { shows, max } = segment;
        let pieces = self.pieces(shows, tab, screens).filter(|pieces| !pieces.is_empty())?;
        let pane = self.focused_pane(tab);
        let (rank, cut) = match gives_way(shows) {
            // What a shell's program says is longer than a word.
            (rank, _) if shows == Shows::State && pane.and_then(facts::shell).is_some() => {
                (rank, Cut::End)
            }
            ranked => ranked,
        };
        Some(Part { shows, pieces, rank, cut, max, cols: 0 })
    }

    fn focused_pane(&self, tab: Option<&Tab>) -> Option<&Pane> {
        self.model.panes.get(&tab?.focused())
    }

    fn pieces(&self, shows: Shows, tab: Option<&Tab>, screens: &dyn Screens) -> Option<Pieces> {
        let theme = self.theme();
        let pane = self.focused_pane(tab);
        let whole = |text: &str| text::one_line(text, u16::MAX);
        let (text, style) = match shows {
            Shows::Mode => {
                let modes = self.modes(tab, screens);
                if !modes.is_empty() {
                    return Some(modes);
                }
                (self.brand(), theme.accent)
            }
            Shows::Brand => (self.brand(), theme.accent),
            Shows::Tab => (self.tab_text(tab?)?, theme.text),
            Shows::Name => (whole(&pane?.label()), theme.text),
            Shows::Type => (whole(&pane?.traits.title), theme.quiet),
            Shows::Notes => (self.notes_text(pane)?, theme.attention),
            Shows::Notifications => (self.notices_text()?, theme.attention),
            Shows::State => self.state_text(pane?)?,
            Shows::Since => {
                let (since, offset) = facts::state(pane?)?.1.zip(self.context.utc_offset)?;
                (format!("since {}", text::clock(since, offset)), theme.quiet)
            }
            Shows::Detail => (whole(&detail(pane?)?), theme.text),
            Shows::Title => {
                let pane = pane?;
                let title = || (!pane.title.is_empty()).then(|| pane.title.clone());
                (whole(&facts::conversation(pane).or_else(title)?), theme.quiet)
            }
            Shows::Usage => (usage_text(&pane?.agent()?.usage, &pane?.quotas)?, theme.quiet),
            Shows::Today => (self.today_text()?, theme.quiet),
            Shows::Session => (pane?.session()?.to_string(), theme.quiet),
            Shows::Path => (text::path(&pane?.spec.cwd, self.context.home), theme.text),
            Shows::Clients => match self.model.clients.len() {
                0 | 1 => return None,
                count => (format!("{count} attached"), theme.quiet),
            },
            Shows::Host => (whole(&self.model.host), theme.quiet),
            Shows::Branch => (whole(pane?.glance.as_ref()?.branch.as_deref()?), theme.quiet),
            Shows::Time => {
                (text::clock(self.context.now_ms, self.context.utc_offset?), theme.quiet)
            }
            Shows::Help => return self.help_text(),
        };
        let mut pieces = Pieces::default();
        pieces.push(text, style);
        Some(pieces)
    }

    fn tab_text(&self, tab: &Tab) -> Option<String> {
        let index = self.model.tabs.iter().position(|t| t.id == tab.id)?;
        let name = facts::tab_name(tab, self.model.panes.get(&tab.focused()));
        Some(text::one_line(&format!("{} {name}", index + 1), u16::MAX))
    }

    fn notes_text(&self, pane: Option<&Pane>) -> Option<String> {
        let unread = |pane: &Pane| pane.notes.len().saturating_sub(pane.notes_read);
        match (pane.map_or(0, unread) + self.model.warnings.len(), self.plain()) {
            (0, _) => None,
            (1, true) => Some("1 message".to_string()),
            (notes, true) => Some(format!("{notes} messages")),
            (notes, false) => Some(format!("⚠ {notes}")),
        }
    }

    fn notices_text(&self) -> Option<String> {
        match (self.model.notices.unseen(), self.plain()) {
            (0, _) => None,
            (count, true) => Some(format!("{count} unseen")),
            (count, false) => Some(format!("✉ {count}")),
        }
    }

    fn state_text(&self, pane: &Pane) -> Option<(String, Style)> {
        let theme = self.theme();
        if let Some(said) = facts::shell(pane) {
            return Some((text::one_line(&said, u16::MAX), theme.attention));
        }
        let (state, _) = facts::state(pane)?;
        let mark = facts::mark(pane);
        let style = mark.map_or(theme.quiet, |mark| mark.style(theme));
        let sign = mark.filter(|_| !self.plain());
        let sign = sign.map_or(String::new(), |mark| format!("{} ", mark.sign()));
        Some((format!("{sign}{state}"), style))
    }

    fn today_text(&self) -> Option<String> {
        let (day, cost) = self.model.used_today?;
        let offset = self.context.utc_offset.unwrap_or(0);
        let today = Day::of(self.context.now_ms / 1000, offset);
        let cost = text::cost(cost).filter(|_| today == day)?;
        Some(format!("{cost} today"))
    }

    fn help_text(&self) -> Option<Pieces> {
        let theme = self.theme();
        let mut pieces = Pieces::default();
        let tour = self.context.keys.keys_for(Command::Tour);
        if let Some(tour) = tour.filter(|_| self.model.newcomer) {
            pieces.push(format!("new here? {tour} tour  "), theme.message);
        }
        let keys = self.context.keys.keys_for(Command::Help)?;
        pieces.push(format!("{keys} help "), theme.quiet);
        Some(pieces)
    }

    fn brand(&self) -> String {
        match self.model.looks.sign.as_str() {
            sign if self.plain() || sign.is_empty() => PLAIN_BRAND.to_string(),
            sign => format!(" {sign} segno"),
        }
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

/// How important each is, and how its text gives way.
fn gives_way(shows: Shows) -> (u8, Cut) {
    match shows {
        Shows::Mode => (0, Cut::Never),
        Shows::Notes | Shows::Notifications => (1, Cut::Never),
        Shows::State => (STATE, Cut::Never),
        Shows::Name => (3, Cut::End),
        Shows::Detail => (4, Cut::End),
        Shows::Clients | Shows::Help => (5, Cut::Never),
        Shows::Tab | Shows::Title => (6, Cut::End),
        Shows::Since => (7, Cut::Never),
        Shows::Path => (8, Cut::Start),
        Shows::Branch => (8, Cut::End),
        Shows::Time => (9, Cut::Never),
        Shows::Host => (10, Cut::End),
        Shows::Usage => (9, Cut::Never),
        Shows::Brand | Shows::Today => (10, Cut::Never),
        Shows::Type => (11, Cut::End),
        Shows::Session => (12, Cut::End),
    }
}

/// What an agent waits for, or what went wrong.
fn detail(pane: &Pane) -> Option<String> {
    let status = pane.agent().filter(|_| pane.is_live())?;
    let stands = [Activity::Blocked, Activity::Error, Activity::Retrying];
    status.detail.filter(|_| stands.contains(&status.activity))
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
fn usage_text(usage: &Usage, quotas: &[Quota]) -> Option<String> {
    let tokens = usage.counts.tokens();
    let tokens = (tokens > 0).then(|| format!("{} tok", text::count(tokens)));
    let full = match (usage.context, usage.context_limit) {
        (Some(used), Some(limit)) if limit > 0 => {
            Some(format!("{}% full", used.saturating_mul(100) / limit))
        }
        _ => None,
    };
    let used = |quota: &Quota| format!("{} {:.0}% used", quota.name, quota.used);
    let quotas = quotas.iter().map(|quota| text::one_line(&used(quota), u16::MAX));
    let tokens = tokens.into_iter();
    let parts: Vec<String> =
        tokens.chain(text::cost(usage.counts.cost)).chain(full).chain(quotas).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}
