//! A detector over a stream of one channel.

use gatewise::task::detect::{DetectConfig, Detector, Event, Events};

/// Events in `rows` rows of `value`.
pub fn events(config: &DetectConfig, rows: usize, value: impl Fn(usize) -> f64) -> Vec<Event> {
    let (mut detector, mut events) = (Detector::new(config).unwrap(), Events::new(config.join));
    let mut found: Vec<Event> = (0..rows).filter_map(|row| events.push(&detector.push(None, &[value(row)]).unwrap())).collect();
    found.extend(events.finish());
    found
}
