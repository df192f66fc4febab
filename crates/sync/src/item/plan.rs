//! Which items a conversation has, and which of them are complete. Pure.

use std::collections::{HashMap, HashSet};

use crate::service::{Kind, Tools};
use crate::target::Contents;
use segno_archive::query::Role;
use segno_archive::read::Piece;

/// The keys of the items that are no message and no tool.
pub const SESSION: i64 = 0;
pub const END: i64 = 1;

/// A conversation in which nothing was said for so long is not being written, in milliseconds.
const QUIET: i64 = 10 * 60 * 1000;

/// What a target wants.
#[derive(Clone, Copy)]
pub struct What<'a> {
    pub contents: Contents,
    /// Also tools.
    pub with_tools: bool,
    /// Where they stand.
    pub tools: Tools,
    /// Whether the service has a use for this kind.
    pub has: &'a dyn Fn(Kind) -> bool,
}

/// When it is looked at; all in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub now: i64,
    /// When the archive was written to last for this conversation.
    pub written: i64,
    /// When something was said last.
    pub updated: i64,
    /// Since when its agent no longer has it.
    pub gone: bool,
    /// Without a change for so long, what was said last is complete.
    pub settle: i64,
    /// And for so long, the conversation is at rest.
    pub rest: i64,
}

/// An item that is to be at the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub key: i64,
    pub kind: Kind,
    /// Which pieces it is made of, the first gives it its place.
    pub pieces: Vec<usize>,
    /// Another number when anything of it is another.
    pub version: i64,
}

/// The items of a conversation that are complete, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub items: Vec<Planned>,
    /// When it is to be looked at again, though nothing has changed.
    pub due: Option<i64>,
}

/// What is to be sent of a conversation. `facts` stands for all that its session item says.
pub fn plan(pieces: &[Piece], facts: i64, what: &What, moment: &Moment) -> Plan {
    let mut plan = Plan::default();
    let add = |items: &mut Vec<Planned>, key, kind, pieces, version| {
        if (what.has)(kind) {
            items.push(Planned { key, kind, pieces, version });
        }
    };
    add(&mut plan.items, SESSION, Kind::Session, Vec::new(), facts);
    let complete = complete(pieces, moment);
    if complete < pieces.len() {
        let settled = moment.written + moment.settle;
        plan.due = Some(if settled > moment.now { settled } else { moment.updated + QUIET + 1 });
    }
    let attached = attached(pieces, what.tools);
    let mut sent = 0;
    for (n, piece) in pieces[..complete].iter().enumerate() {
        let wanted = what.contents.include(piece.role, what.with_tools);
        if piece.gone || !wanted || attached.tools.contains(&n) {
            continue;
        }
        let kind = match piece.role {
            Role::User => Kind::User,
            Role::Assistant => Kind::Assistant,
            Role::System => Kind::System,
            Role::Tool => Kind::Tool,
        };
        let mut of = vec![n];
        if what.with_tools && kind == Kind::Assistant {
            let tools = attached.to.get(&n).into_iter().flatten();
            of.extend(tools.filter(|tool| !pieces[**tool].gone));
        }
        let version =
            of.iter().fold(0_i64, |sum, n| sum.wrapping_mul(31).wrapping_add(pieces[*n].version));
        sent += of.len();
        add(&mut plan.items, piece.key, kind, of, version);
    }
    let at_rest = moment.gone || moment.now - moment.updated >= moment.rest;
    if (what.has)(Kind::End) && sent > 0 {
        if at_rest && complete == pieces.len() {
            // What is said later ends anew.
            let version = i64::try_from(sent).unwrap_or(i64::MAX);
            plan.items.push(Planned {
                key: END.wrapping_add(version),
                kind: Kind::End,
                pieces: Vec::new(),
                version,
            });
        } else if !at_rest {
            let rest = moment.updated + moment.rest;
            plan.due = Some(plan.due.map_or(rest, |due| due.min(rest)));
        }
    }
    plan
}

/// How many pieces, from the first on, will stay as they are. What people said is complete; so is
/// what something else was said after, and everything once nothing was written for a while.
fn complete(pieces: &[Piece], moment: &Moment) -> usize {
    if moment.gone || moment.now - moment.updated >= QUIET {
        return pieces.len();
    }
    let settled = moment.now - moment.written >= moment.settle;
    let last_said = pieces.iter().rposition(|piece| piece.role != Role::Tool);
    let open = match last_said {
        _ if settled => pieces.len(),
        Some(at) if pieces[at].role == Role::User => at + 1,
        Some(at) => at,
        None => 0,
    };
    // A tool that still runs, after which nobody has asked for anything else.
    let asked = pieces.iter().rposition(|piece| piece.role == Role::User).map_or(0, |at| at + 1);
    let running = pieces[asked..].iter().position(|piece| piece.running && !piece.gone);
    let running = running.map_or(pieces.len(), |at| {
        // With the message that asked for it.
        let tool = &pieces[asked + at];
        let message = pieces.iter().position(|piece| Some(piece.key) == tool.parent);
        message.map_or(asked + at, |message| message.min(asked + at))
    });
    open.min(running)
}

/// Tools that are parts of messages.
#[derive(Default)]
struct Attached {
    tools: HashSet<usize>,
    /// Of a message, in order.
    to: HashMap<usize, Vec<usize>>,
}

fn attached(pieces: &[Piece], tools: Tools) -> Attached {
    let mut attached = Attached::default();
    if tools == Tools::Items {
        return attached;
    }
    let messages: HashMap<i64, usize> = pieces
        .iter()
        .enumerate()
        .filter(|(_, piece)| piece.role == Role::Assistant && !piece.gone)
        .map(|(n, piece)| (piece.key, n))
        .collect();
    for (n, piece) in pieces.iter().enumerate().filter(|(_, piece)| piece.role == Role::Tool) {
        if let Some(message) = piece.parent.and_then(|parent| messages.get(&parent)) {
            attached.tools.insert(n);
            attached.to.entry(*message).or_default().push(n);
        }
    }
    attached
}
