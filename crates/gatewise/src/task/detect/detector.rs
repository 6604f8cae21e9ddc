//! The detector: rows in, scores out.

use super::alarm::{Alarm, Verdict, score_of};
use super::config::DetectConfig;
use super::error::DetectError;
use super::monitor::{KINDS, Monitor, ROBUST, SHAPE, SUMMED, Seen, lasts, learned, robust};
use super::net::Net;
use super::reconstruction::Reconstruction;
use super::robust::{Found, Grid, MOST, Robust, either};

/// What the detector says of a row.
#[derive(Debug)]
pub struct Scored<'a> {
    /// Number of the row, from 0.
    pub row: u64,
    /// Score, threshold, alarm.
    pub verdict: Verdict,
    /// The row's values: (C).
    pub values: &'a [f64],
    /// What was expected before the row was seen: (C), finite.
    pub expected: &'a [f64],
    /// Evidence by channel and [`Kind`](super::Kind): (C, kinds), −log₁₀ of a probability.
    pub evidence: &'a [[f64; KINDS.len()]],
}

/// Watches rows of C channels and scores each by how unlikely it is given those before.
///
/// A network foretells the distribution of each value. How improbable the value then is, how far it lies outside what was seen, how much it
/// changed and how far the level of the last rows has moved are each held against their own past ([`Tail`](super::Tail)), and so are how
/// long a value repeats and how far the level shifts from window to window; with [`DetectConfig::shapes`], how badly a second network gives
/// the window back that ends at the row. The sum of that evidence, or one of the last three, is the row's score, to which robust deviations add: the distance
/// of the value from its usual one, by season where there is one, and from where the rows before led, in deviations that odd rows do not move. Rarer
/// than the rate of alarms, they are an anomaly by themselves. With learning on,
/// everything adapts as the rows come, and a score depends on no later row. The same rows and settings give the same scores. A row costs
/// microseconds and a bounded share of learning.
///
/// ```
/// use gatewise::task::detect::{DetectConfig, Detector};
/// let mut detector = Detector::new(&DetectConfig::new(1)).unwrap();
/// let mut worst = (0.0, 0);
/// for row in 0..1000_u64 {
///     let value = (row as f64 * 0.3).sin() + if row == 900 { 5.0 } else { 0.0 };
///     let scored = detector.push(None, &[value]).unwrap();
///     if row > 200 && scored.verdict.score > worst.0 {
///         worst = (scored.verdict.score, row);
///     }
/// }
/// assert_eq!(worst.1, 900);
/// ```
pub struct Detector {
    config: DetectConfig,
    pub(super) net: Net,
    pub(super) monitors: Vec<Monitor>,
    pub(super) grid: Grid,
    pub(super) robust: Vec<Robust>,
    /// While rows are scored that were learned from: what is usual without what came later.
    anew: Option<Vec<Anew>>,
    remembered: Vec<f64>,
    /// The watch for shapes, where asked for.
    pub(super) shape: Option<Reconstruction>,
    pub(super) alarm: Alarm,
    pub(super) row: u64,
    learning: bool,
    values: Vec<f64>,
    expected: Vec<f64>,
    evidence: Vec<[f64; KINDS.len()]>,
    /// Channels with a cause that lasts and was told of.
    pub(super) told: Vec<bool>,
}

/// What is usual of a channel by the rows so far.
#[derive(Clone)]
struct Anew {
    robust: Robust,
    monitor: Monitor,
}

impl Detector {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    /// A setting out of range.
    pub fn new(config: &DetectConfig) -> Result<Self, DetectError> {
        let channels = config.channels;
        Ok(Self {
            net: Net::new(config)?,
            shape: config.shapes.map(|rows| Reconstruction::new(config, rows)).transpose()?,
            monitors: vec![Monitor::new(&config.seasons); channels],
            grid: Grid::new(config.step),
            robust: vec![Robust::default(); channels],
            anew: None,
            remembered: Vec::new(),
            alarm: Alarm::new(config.rate, config.hold as u64, config.join as u64),
            row: 0,
            learning: true,
            values: vec![0.0; channels],
            expected: vec![0.0; channels],
            evidence: vec![[0.0; KINDS.len()]; channels],
            told: vec![false; channels],
            config: config.clone(),
        })
    }

    /// The settings.
    pub fn config(&self) -> &DetectConfig {
        &self.config
    }

    /// Rows seen.
    pub fn rows(&self) -> u64 {
        self.row
    }

    /// Whether rows are learned from; they are at first.
    pub fn set_learning(&mut self, learning: bool) {
        self.anew = self.anew.take().filter(|_| !learning);
        self.learning = learning;
    }

    /// The expected share of ordinary rows that raise an alarm.
    pub fn set_rate(&mut self, rate: f64) {
        self.config.rate = rate;
        self.alarm.set_rate(rate);
    }

    /// The score from which the next row would be an anomaly.
    pub fn threshold(&self) -> f64 {
        self.alarm.threshold()
    }

    /// Scores a row, then takes it in.
    ///
    /// `seconds`: its time since 1970, where the detector reads a clock. `values`: (C); one that is not finite counts as missing.
    ///
    /// # Errors
    /// Another number of channels.
    pub fn push(&mut self, seconds: Option<i64>, values: &[f64]) -> Result<Scored<'_>, DetectError> {
        if values.len() != self.config.channels {
            return Err(DetectError::Channels { found: values.len(), expected: self.config.channels });
        }
        self.net.push(seconds, values);
        self.values.copy_from_slice(values);
        self.grid.push(seconds);
        for (c, monitor) in self.monitors.iter_mut().enumerate() {
            let (mixture, scale) = (self.net.mixture(c), self.net.scale(c));
            let origin = self.net.origin(c);
            self.expected[c] = if origin.is_nan() { 0.0 } else { origin + f64::from(scale.unsquash(mixture.mode())) };
            self.evidence[c] = match self.net.target(c) {
                Some((value, squashed)) => {
                    let surprise = -f64::from(mixture.tail(squashed)).ln();
                    let seen = Seen { exact: values[c], value, scale, squashed: f64::from(squashed), surprise };
                    let mut evidence = monitor.push(seen, self.learning);
                    if let Some(anew) = &mut self.anew {
                        // What is usual at its time is no news, though later rows lie elsewhere.
                        let early = anew[c].monitor.push(seen, true);
                        (0..SUMMED).for_each(|kind| evidence[kind] = evidence[kind].min(early[kind]));
                    }
                    evidence
                }
                None => [0.0; KINDS.len()],
            };
            let value = values[c] - origin;
            let value = if value.is_finite() { value } else { f64::NAN };
            let mut found = self.robust[c].push(value, &self.grid);
            if let Some(anew) = &mut self.anew {
                let anew = &mut anew[c].robust;
                let early = anew.push(value, &self.grid);
                // What a season that was not yet known makes usual is no news.
                found = either(found, if anew.season() >= self.robust[c].season() { early } else { Found::default() });
            }
            let Found { value, course, mean } = found;
            self.evidence[c][ROBUST].copy_from_slice(&[value, course, mean].map(|e| e.min(MOST)));
        }
        // One of many channels is extreme more often than a given one (Bonferroni).
        let of_many = |evidence: f64| (evidence - (self.config.channels as f64).log10()).max(0.0);
        let highest = |evidence: &[[f64; KINDS.len()]]| evidence.iter().map(learned).fold(0.0, f64::max);
        if let Some(shape) = &mut self.shape {
            let plausible = score_of(of_many(highest(&self.evidence))) <= self.alarm.threshold();
            shape.push(&self.net, plausible, self.learning);
            for (c, evidence) in self.evidence.iter_mut().enumerate() {
                evidence[SHAPE] = shape.evidence(c);
            }
        }
        let untold = self.evidence.iter().zip(&self.told).filter(|(_, told)| !**told);
        let others = untold.map(|(evidence, _)| learned(evidence)).fold(0.0, f64::max);
        let others = self.told.contains(&true).then(|| of_many(others));
        let far = of_many(self.evidence.iter().map(robust).fold(0.0, f64::max));
        let verdict = self.alarm.push(of_many(highest(&self.evidence)), others, far, self.evidence.iter().any(lasts), self.learning);
        for (told, evidence) in self.told.iter_mut().zip(&self.evidence) {
            *told = lasts(evidence) && (*told || verdict.anomaly);
        }
        let row = self.row;
        self.row += 1;
        self.read();
        if self.learning {
            self.net.learn();
            if let Some(shape) = &mut self.shape {
                shape.learn(&self.net);
            }
        }
        Ok(Scored { row, verdict, values: &self.values, expected: &self.expected, evidence: &self.evidence })
    }

    /// Reads what is usual anew, where that is due.
    fn read(&mut self) {
        let rows = self.net.rows();
        for c in 0..self.robust.len() {
            let due = self.learning && self.robust[c].is_due(rows);
            let anew = self.anew.as_mut().map(|all| &mut all[c].robust).filter(|one| one.is_due(rows));
            if due || anew.is_some() {
                self.net.copy_channel(c, &mut self.remembered);
            }
            let seasons = &self.config.seasons;
            if let Some(anew) = anew {
                anew.fit(&self.remembered, &self.grid, rows, seasons);
            }
            if due {
                self.robust[c].fit(&self.remembered, &self.grid, rows, seasons);
            }
        }
    }

    /// The band that a channel's value of the last row was expected in: quantiles at `low` and `high` of the predictive distribution.
    pub fn band(&self, channel: usize, low: f32, high: f32) -> (f64, f64) {
        let (mixture, scale, origin) = (self.net.mixture(channel), self.net.scale(channel), self.net.origin(channel));
        let at = |level| origin + f64::from(scale.unsquash(mixture.quantile(level)));
        if origin.is_nan() { (0.0, 0.0) } else { (at(low), at(high)) }
    }

    /// Goes back to the first of the rows seen, to score them by what was learned of them all and, for what of that forgives them, by those before
    /// each; learning is off from here on, until [`set_learning`](Self::set_learning).
    pub fn rewind(&mut self) {
        let (rows, seasons) = (self.net.rows(), &self.config.seasons);
        for (c, robust) in self.robust.iter_mut().enumerate() {
            self.net.copy_channel(c, &mut self.remembered);
            robust.fit(&self.remembered, &self.grid, rows, seasons);
        }
        self.restart();
        self.robust.iter_mut().for_each(|robust| robust.restart(false));
        let anew = Anew { robust: Robust::default(), monitor: Monitor::new(&self.config.seasons) };
        self.anew = Some(vec![anew; self.config.channels]);
        self.learning = false;
    }

    /// Goes on with rows that do not follow those seen: the state and the last rows are forgotten, what was learned is kept.
    pub fn restart(&mut self) {
        let lost = !self.grid.is_timed();
        self.robust.iter_mut().for_each(|robust| robust.restart(lost));
        self.grid.restart();
        self.anew = None;
        self.net.restart();
        self.monitors.iter_mut().for_each(Monitor::restart);
        if let Some(shape) = &mut self.shape {
            shape.forget();
        }
        self.alarm.restart();
        self.told.fill(false);
        self.row = 0;
    }
}
