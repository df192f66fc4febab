//! The figures of all rounds, and the table that is made of them.

use std::collections::BTreeMap;
use std::time::Duration;

/// One measured number.
#[derive(Debug, Clone)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    /// Whether less is better.
    pub less: bool,
}

impl Figure {
    pub fn less(name: String, value: f64) -> Figure {
        Figure { name, value, less: true }
    }

    pub fn rate(name: String, amount: f64, time: Duration) -> Figure {
        Figure { name, value: amount / time.as_secs_f64(), less: false }
    }
}

/// Rows in the order in which they came, and each program's values by round.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    less: bool,
    values: BTreeMap<String, Vec<f64>>,
}

impl Table {
    /// Notes a program's figure of the round under way.
    pub fn add(&mut self, peer: &str, figure: Figure) {
        let row = match self.rows.iter_mut().position(|row| row.name == figure.name) {
            Some(at) => &mut self.rows[at],
            None => {
                let Figure { name, less, .. } = figure;
                self.rows.push(Row { name, less, values: BTreeMap::new() });
                self.rows.last_mut().expect("just pushed")
            }
        };
        row.values.entry(peer.to_owned()).or_default().push(figure.value);
    }

    /// Markdown: medians, and for the first program the ratio to each other one in the same
    /// rounds, with the least and the greatest.
    pub fn markdown(&self, peers: &[String]) -> String {
        let mut out = String::from("| |");
        let Some((first, others)) = peers.split_first() else { return out };
        let head = |name: &String| format!(" {name} |");
        out.extend(peers.iter().map(head));
        out.extend(others.iter().map(|name| format!(" {first} / {name} |")));
        out += &format!("\n|---|{}\n", "--:|".repeat(peers.len() + others.len()));
        for row in &self.rows {
            out += &format!("| {} |", row.name);
            for peer in peers {
                let value = row.values.get(peer).map(|values| number(median(values.clone())));
                out += &format!(" {} |", value.unwrap_or_else(|| "–".to_owned()));
            }
            for other in others {
                out += &format!(" {} |", row.ratio(first, other).unwrap_or_else(|| "–".to_owned()));
            }
            out.push('\n');
        }
        out
    }
}

impl Row {
    fn ratio(&self, first: &str, other: &str) -> Option<String> {
        let pairs = self.values.get(first)?.iter().zip(self.values.get(other)?);
        let mut ratios: Vec<f64> =
            pairs.filter(|(_, other)| **other > 0.0).map(|(ours, other)| ours / other).collect();
        ratios.sort_by(f64::total_cmp);
        let (least, most) = (*ratios.first()?, *ratios.last()?);
        let better = if self.less { "less" } else { "more" };
        let middle = median(ratios.clone());
        let range = if ratios.len() > 1 {
            format!(" ({}–{})", number(least), number(most))
        } else {
            String::new()
        };
        Some(format!("{}{range}, {better} is better", number(middle)))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => (values[count / 2 - 1] + values[count / 2]) / 2.0,
    }
}

fn number(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
