//! Finds rows that moved up or down together, so that the terminal can move them itself.
//!
//! Full-width rows only: terminals move those in one sequence (DECSTBM with SU or SD), and a
//! single pane's output moves whole rows. Only finds; the renderer scrolls.

use segno_base::screen::frame::Frame;

/// What the sequences cost, and some more so that it is worth it.
const OVERHEAD: i64 = 40;

/// Rows `top..bottom` move by `by`: up when positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scroll {
    pub top: u16,
    pub bottom: u16,
    pub by: i32,
}

/// A row as far as finding it elsewhere needs.
#[derive(Clone, Copy)]
struct Digest {
    hash: u64,
    /// About how many bytes drawing it needs.
    cost: i64,
}

/// The scroll that saves most, if any does. The frames are of one size; `first` and `last` are
/// the first and the last row that changed.
pub(super) fn find(old: &Frame, new: &Frame, first: u16, last: u16) -> Option<Scroll> {
    let count = i32::from(last - first) + 1;
    if count < 4 {
        return None;
    }
    let old_rows: Vec<Digest> = (first..=last).map(|y| digest(old, y)).collect();
    let fresh: Vec<Digest> = (first..=last).map(|y| digest(new, y)).collect();
    let mut best: Option<(i64, Scroll)> = None;
    for by in (1 - count..count).filter(|by| *by != 0) {
        // The run of rows that are where `by` brings them, and what they save.
        let (mut start, mut saved) = (None, 0);
        for y in 0..=count {
            let from = y + by;
            let moved = y < count
                && (0..count).contains(&from)
                && fresh[y as usize].hash == old_rows[from as usize].hash;
            if moved {
                start.get_or_insert(y);
                if fresh[y as usize].hash != old_rows[y as usize].hash {
                    saved += fresh[y as usize].cost;
                }
                continue;
            }
            if let Some(start) = start.take() {
                let end = y;
                // The region holds the rows' old and new places; what is in it and not in the
                // run is erased, which costs where it was right before.
                let (top, bottom) = (start.min(start + by), end.max(end + by));
                let erased = (top..start).chain(end..bottom);
                let lost: i64 = erased
                    .filter(|y| fresh[*y as usize].hash == old_rows[*y as usize].hash)
                    .map(|y| fresh[y as usize].cost)
                    .sum();
                let gain = saved - lost - OVERHEAD;
                if gain > best.map_or(0, |(gain, _)| gain) {
                    let scroll =
                        Scroll { top: first + top as u16, bottom: first + bottom as u16, by };
                    best = Some((gain, scroll));
                }
            }
            saved = 0;
        }
    }
    best.map(|(_, scroll)| scroll)
}

/// Does to the frame what the terminal does: moves the rows, and leaves blanks.
pub(super) fn apply(scroll: Scroll, frame: &mut Frame) {
    let Scroll { top, bottom, by } = scroll;
    let mut move_row = |y: u16| {
        let from = i32::from(y) + by;
        let moved = u16::try_from(from).ok().filter(|from| (top..bottom).contains(from));
        match moved {
            Some(from) => {
                let cells = frame.row(from).to_vec();
                frame.row_mut(y).clone_from_slice(&cells);
            }
            None => frame.row_mut(y).fill(segno_base::screen::cell::Cell::BLANK),
        }
    };
    // From the side that the rows move to, so that none is overwritten before it has moved.
    if by > 0 {
        (top..bottom).for_each(&mut move_row);
    } else {
        (top..bottom).rev().for_each(&mut move_row);
    }
}

/// Colours are left out: it is enough that rows that differ in them alone are rare, since the
/// renderer compares every cell afterwards.
fn digest(frame: &Frame, y: u16) -> Digest {
    let mut hash = 0u64;
    let mut cost = 0;
    for cell in frame.row(y) {
        let value = u64::from(u32::from(cell.ch)) | u64::from(cell.style.attrs.0) << 32;
        hash = (hash ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
        cost += i64::from(cell.ch != ' ');
    }
    Digest { hash, cost }
}
