//! How far several networks that are trained at once have come, in one line.

use std::collections::BTreeMap;

use gatewise::train::Control;
use gatewise_report::number::plain;
use serde_json::json;

use crate::console::Console;
use crate::job::interrupt;
use crate::progress::Bar;

/// Follows trainings that go on side by side.
pub struct Learning {
    console: Console,
    bar: Option<Bar>,
    /// Steps taken and in all, by network.
    steps: BTreeMap<String, (u64, u64)>,
    networks: usize,
}

impl Learning {
    /// Of so many networks.
    pub fn new(console: Console, networks: usize) -> Self {
        Self { console, bar: console.bar().then(|| Bar::new("training", networks as u64, 0)).flatten(), steps: BTreeMap::new(), networks }
    }

    /// Hears how far one has come.
    pub fn hear(&mut self, net: &str, step: u64, steps: u64, loss: f64) -> Control {
        self.console.event(&json!({"event": "learn", "net": net, "step": step, "steps": steps, "loss": loss}));
        self.steps.insert(net.to_owned(), (step, steps));
        if let Some(bar) = &mut self.bar {
            // Points of a curve are told, so that the last one is somewhat before the end.
            let done = self.steps.values().filter(|(step, steps)| step + steps / 50 + 1 >= *steps).count().min(self.networks);
            bar.words = vec![format!("{net} {:.0} %", 100.0 * step as f64 / steps.max(1) as f64), format!("loss {}", plain(loss))];
            bar.draw(done as u64);
        }
        if interrupt::asked() { Control::Stop } else { Control::Continue }
    }
}
