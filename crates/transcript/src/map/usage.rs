//! What answers used.

use super::mapper::{Mapper, Take, each, line};
use crate::description::path::At;
use crate::description::rule::UsageRule;
use crate::record::{Record, Usage};

impl Mapper<'_> {
    pub(super) fn usage(&mut self, whole: At<'_>, place: &str, take: &mut Take<'_>) {
        let transcript = self.transcript;
        for (n, rule) in transcript.usage.iter().enumerate() {
            if rule.fallback && self.carry.figures.is_some_and(|before| before < n) {
                continue;
            }
            each(rule.when(), whole, &mut |at, item| {
                let place = item.map_or(place.to_string(), |item| format!("{place}.{item}"));
                if let Some(usage) = self.used(rule, at, place) {
                    self.carry.figures = Some(self.carry.figures.map_or(n, |before| before.min(n)));
                    if usage.model.is_some() && !rule.model.is_empty() {
                        self.carry.facts.model.clone_from(&usage.model);
                    }
                    self.give(Record::Usage(usage), take);
                }
            });
        }
    }

    fn used(&self, rule: &UsageRule, at: At<'_>, place: String) -> Option<Usage> {
        // Within what `number` allows, so that nothing is lost in a cast.
        let tokens = |sum: Option<f64>| sum.unwrap_or(0.0) as u64;
        let figures = [
            rule.input.of(at),
            rule.output.of(at),
            rule.reasoning.of(at),
            rule.cache_read.of(at),
            rule.cache_write.of(at),
        ];
        let hour = tokens(rule.cache_write_1h.of(at));
        let cost = rule.cost.of(at);
        if figures.iter().chain([&cost]).flatten().all(|figure| *figure == 0.0) {
            return None;
        }
        let key: Vec<String> = rule.key.iter().filter_map(|place| place.0.text(at)).collect();
        let [input, output, reasoning, cache_read, cache_write] = figures.map(tokens);
        Some(Usage {
            conversation: self.conversation(),
            key: if key.is_empty() { place } else { key.join("/") },
            model: rule.model.text(at).map(line).or_else(|| self.carry.facts.model.clone()),
            input,
            output,
            reasoning,
            cache_read,
            cache_write,
            cache_write_1h: hour,
            tier: rule.tier.text(at).map(line),
            cost,
            time: self.time(&rule.time, at),
        })
    }
}
