//! `ps`, `top`, and what `close` leaves behind.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::table::{Paint, Table, Tone};
use super::{ago, panes};
use segno_base::ids::PaneId;
use segno_base::system::os::processes::Process;
use segno_base::text::amount::amount;
use segno_wire::control::panes::pane_info::PaneInfo;

/// A process in a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub process: Process,
    /// How far below the pane's own program.
    pub depth: usize,
    /// What it used of a processor within a look, in percent.
    pub cpu: Option<f64>,
}

/// A pane with what runs in it, its own program first.
#[derive(Debug, Clone, PartialEq)]
pub struct InPane {
    pub pane: PaneInfo,
    pub entries: Vec<Entry>,
}

/// A process that a pane has started, and that is not below its program any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Orphan {
    pub pane: PaneId,
    pub entry: Entry,
}

/// What runs in panes.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    pub panes: Vec<InPane>,
    pub orphans: Vec<Orphan>,
}

/// Processes by who has started whom.
#[derive(Debug)]
pub struct Kin {
    all: BTreeMap<i32, Process>,
    children: BTreeMap<i32, Vec<i32>>,
}

impl Kin {
    pub fn new(all: Vec<Process>) -> Kin {
        let mut children = BTreeMap::<i32, Vec<i32>>::new();
        for process in all.iter().filter(|process| !process.defunct) {
            children.entry(process.parent).or_default().push(process.pid);
        }
        let alive = all.into_iter().filter(|process| !process.defunct);
        Kin { all: alive.map(|process| (process.pid, process)).collect(), children }
    }

    /// A process and all below it, each after the one that started it.
    fn below(&self, root: i32) -> Vec<Entry> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        let mut next = vec![(root, 0)];
        while let Some((pid, depth)) = next.pop() {
            let Some(process) = self.all.get(&pid).filter(|_| seen.insert(pid)) else { continue };
            found.push(Entry { process: process.clone(), depth, cpu: None });
            let children = self.children.get(&pid).into_iter().flatten().rev();
            next.extend(children.map(|child| (*child, depth + 1)));
        }
        found
    }
}

impl Running {
    /// What runs in panes with these programs; `pane_of` says which pane has started a process.
    pub fn of(
        kin: &Kin,
        roots: &[(PaneInfo, Option<i32>)],
        pane_of: impl Fn(&Process) -> Option<PaneId>,
    ) -> Running {
        let panes = roots.iter().map(|(pane, pid)| InPane {
            pane: pane.clone(),
            entries: pid.map(|pid| kin.below(pid)).unwrap_or_default(),
        });
        let panes: Vec<InPane> = panes.collect();
        let placed: BTreeSet<i32> =
            panes.iter().flat_map(|p| &p.entries).map(|entry| entry.process.pid).collect();
        let known: BTreeSet<PaneId> = panes.iter().map(|p| p.pane.id).collect();
        let lost = kin.all.values().filter(|process| !placed.contains(&process.pid));
        let orphans = lost.filter_map(|process| {
            let entry = Entry { process: process.clone(), depth: 0, cpu: None };
            Some(Orphan { pane: pane_of(process)?, entry })
        });
        let mut orphans: Vec<Orphan> = orphans.collect();
        orphans.sort_by_key(|orphan| (known.contains(&orphan.pane), orphan.pane));
        Running { panes, orphans }
    }

    /// Does something with each process.
    pub fn each(&mut self, mut act: impl FnMut(&mut Entry)) {
        self.panes.iter_mut().flat_map(|pane| &mut pane.entries).for_each(&mut act);
        self.orphans.iter_mut().map(|orphan| &mut orphan.entry).for_each(act);
    }
}

fn percent(cpu: Option<f64>) -> String {
    cpu.map(|cpu| format!("{cpu:.0}%")).unwrap_or_default()
}

fn memory(bytes: u64) -> String {
    amount(usize::try_from(bytes).unwrap_or(usize::MAX))
}

fn age(age: Duration) -> String {
    ago(1, u64::try_from(age.as_millis()).unwrap_or(u64::MAX).saturating_add(1))
}

fn label(pane: &PaneInfo) -> String {
    pane.name.clone().unwrap_or_else(|| pane.type_name.clone())
}

fn cells(pane: &str, entry: &Entry) -> Vec<(Tone, String)> {
    let process = &entry.process;
    vec![
        (Tone::Strong, pane.to_string()),
        (Tone::Plain, process.pid.to_string()),
        (Tone::Plain, percent(entry.cpu)),
        (Tone::Plain, memory(process.memory)),
        (Tone::Faint, age(process.age)),
        (Tone::Plain, format!("{}{}", "  ".repeat(entry.depth.min(20)), process.command)),
    ]
}

/// `ps` for people.
pub fn list(running: &Running, paint: Paint) -> String {
    let mut table = Table::new(&["PANE", "PID", "CPU", "MEMORY", "AGE", "COMMAND"]);
    for pane in &running.panes {
        for entry in &pane.entries {
            table.row(cells(&pane.pane.id.to_string(), entry));
        }
    }
    let mut text = match running.panes.iter().all(|pane| pane.entries.is_empty()) {
        true => "nothing runs\n".to_string(),
        false => table.render(paint),
    };
    if !running.orphans.is_empty() {
        let mut table = Table::new(&["OF", "PID", "CPU", "MEMORY", "AGE", "COMMAND"]);
        for orphan in &running.orphans {
            table.row(cells(&orphan.pane.to_string(), &orphan.entry));
        }
        text.push_str("\nOutlived what started them; `segno close PANE --all` ends them:\n");
        text.push_str(&table.render(paint));
    }
    text
}

fn entry_json(entry: &Entry) -> Value {
    let process = &entry.process;
    json!({
        "pid": process.pid, "parent": process.parent, "depth": entry.depth,
        "cpu_percent": entry.cpu.map(|cpu| (cpu * 10.0).round() / 10.0),
        "cpu_ms": process.cpu.as_millis() as u64, "memory": process.memory,
        "age_ms": process.age.as_millis() as u64, "command": process.command,
    })
}

/// `ps --json`.
pub fn json(running: &Running) -> String {
    let panes = running.panes.iter().map(|pane| {
        let processes: Vec<_> = pane.entries.iter().map(entry_json).collect();
        json!({ "pane": pane.pane.id, "processes": processes })
    });
    let orphans = running.orphans.iter().map(|orphan| {
        let mut value = entry_json(&orphan.entry);
        value["pane"] = json!(orphan.pane);
        value
    });
    let (panes, orphans): (Vec<_>, Vec<_>) = (panes.collect(), orphans.collect());
    super::json_parts([("processes", panes.into()), ("orphans", orphans.into())])
}

/// `top`: a line for each pane, those that use most first.
pub fn top(running: &Running, now: u64, paint: Paint) -> String {
    let mut table =
        Table::new(&["PANE", "NAME", "STATE", "SINCE", "CPU", "MEMORY", "PROCESSES", "RUNS"]);
    // A sum of nothing is -0.
    let cpu = |pane: &InPane| -> f64 {
        pane.entries.iter().filter_map(|entry| entry.cpu).fold(0.0, |all, one| all + one)
    };
    let used = |pane: &InPane| pane.entries.iter().map(|entry| entry.process.memory).sum::<u64>();
    let mut all: Vec<&InPane> = running.panes.iter().collect();
    all.sort_by(|a, b| cpu(b).total_cmp(&cpu(a)).then_with(|| used(b).cmp(&used(a))));
    for pane in &all {
        let busiest = pane.entries.iter().max_by(|a, b| {
            let used = |entry: &Entry| entry.cpu.unwrap_or(0.0);
            used(a).total_cmp(&used(b)).then(b.depth.cmp(&a.depth))
        });
        table.row(vec![
            (Tone::Strong, pane.pane.id.to_string()),
            (Tone::Plain, label(&pane.pane)),
            (panes::tone(&pane.pane), pane.pane.state.name().into()),
            (Tone::Faint, ago(pane.pane.since, now)),
            (Tone::Plain, format!("{:.0}%", cpu(pane))),
            (Tone::Plain, memory(used(pane))),
            (Tone::Plain, pane.entries.len().to_string()),
            (Tone::Faint, busiest.map(|entry| entry.process.command.clone()).unwrap_or_default()),
        ]);
    }
    let total = running.panes.iter().map(used).sum::<u64>();
    let orphans = match running.orphans.len() {
        0 => String::new(),
        n => format!(", {n} outlived what started them (`segno ps`)"),
    };
    let count = match running.panes.len() {
        1 => "1 pane".to_string(),
        n => format!("{n} panes"),
    };
    format!("{count}, {}{orphans} · q quit\n\n{}", memory(total), table.render(paint))
}

/// What goes on though its pane is closed.
pub fn left_behind(pane: PaneId, rest: &[Process]) -> String {
    let named = rest.iter().take(3).map(|process| {
        let command: String = super::plain(&process.command).chars().take(40).collect();
        format!("{} {command}", process.pid)
    });
    let named: Vec<String> = named.collect();
    let more = match rest.len().saturating_sub(3) {
        0 => String::new(),
        n => format!(", and {n} more"),
    };
    let count = match rest.len() {
        1 => "a process goes on".to_string(),
        n => format!("{n} processes go on"),
    };
    format!("{pane} is closed, and {count} that it had started: {}{more}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32) -> Process {
        Process {
            pid,
            parent,
            born: 1,
            age: Duration::from_secs(90),
            cpu: Duration::ZERO,
            memory: 2_000_000,
            command: format!("c{pid}"),
            defunct: pid == 13,
        }
    }

    fn running() -> Running {
        let pane =
            json!({ "id": "p1", "type": "shell", "tab": { "id": "t1" }, "state": "running" });
        let pane: PaneInfo = serde_json::from_value(pane).unwrap();
        let all = [(10, 1), (11, 10), (12, 11), (13, 10), (14, 10), (20, 1), (21, 20), (30, 1)];
        let kin = Kin::new(all.map(|(pid, parent)| process(pid, parent)).to_vec());
        let of = |process: &Process| match process.pid {
            10..20 => PaneId::new(1),
            20 => PaneId::new(2),
            21 => PaneId::new(1),
            _ => None,
        };
        Running::of(&kin, &[(pane, Some(10))], of)
    }

    #[test]
    fn a_tree_has_all_that_a_pane_started_and_orphans_are_the_rest() {
        let running = running();
        let tree: Vec<_> =
            running.panes[0].entries.iter().map(|e| (e.process.pid, e.depth)).collect();
        assert_eq!(tree, [(10, 0), (11, 1), (12, 2), (14, 1)]);
        let lost: Vec<_> =
            running.orphans.iter().map(|o| (o.pane.number(), o.entry.process.pid)).collect();
        // Those of closed panes first.
        assert_eq!(lost, [(2, 20), (1, 21)]);
    }

    #[test]
    fn people_see_who_started_whom() {
        let plain = Paint { on: false, columns: None };
        let text = list(&running(), plain);
        assert!(text.contains("    c12"), "{text}");
        assert!(text.contains("OF") && text.contains("1m") && text.contains("2.0 MB"), "{text}");
        let text = top(&running(), 0, plain);
        assert!(text.starts_with("1 pane, 8.0 MB, 2 outlived"), "{text}");
        let text = left_behind(PaneId::new(1).unwrap(), &[process(4, 1)]);
        assert_eq!(text, "p1 is closed, and a process goes on that it had started: 4 c4");
    }
}
