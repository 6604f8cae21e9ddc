//! Times that waver around a regular step, put onto it.

use super::group::Group;
use crate::frequency::Frequency;
use crate::time::{EPOCH, Time, add_nanos, civil_nanos};

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;
/// Share of the step that a time may lie off.
const MOST_OFF: f64 = 0.25;
/// With less than this a single row may waver; with more a share of the rows has to.
const LITTLE_OFF: f64 = 0.05;
const OFTEN: f64 = 0.05;
/// Fewer rows show no step to waver around.
const LEAST_ROWS: usize = 10;
/// Steps that clocks are set to, in milliseconds.
const USUAL: [i128; 38] = [
    1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 125, 200, 250, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000,
    180_000, 300_000, 600_000, 900_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 14_400_000, 21_600_000, 28_800_000,
    43_200_000, 86_400_000,
];

/// What the times were put onto.
pub(super) struct Snapped {
    pub frequency: Frequency,
    /// Farthest that a time lay off, in nanoseconds.
    pub off: i128,
    /// How many times lay off.
    pub moved: usize,
    times: Vec<Vec<Time>>,
}

impl Snapped {
    /// Puts the times into the groups they were taken from.
    pub fn into_groups(self, groups: &mut [Group<'_>]) {
        for (group, times) in groups.iter_mut().zip(self.times) {
            group.times = times;
        }
    }
}

/// The grid that the times waver around; with a step of `given` nanoseconds, if that is not 0. `None` where they do not, or where two would
/// come to one place.
pub(super) fn snap(groups: &[Group<'_>], given: i128) -> Option<Snapped> {
    let nanos: Option<Vec<Vec<i128>>> = groups
        .iter()
        .map(|group| {
            let of = |time: &Time| match time {
                Time::Date(at) => Some(civil_nanos(*at)),
                Time::Index(_) => None,
            };
            group.times.iter().map(of).collect()
        })
        .collect();
    let nanos = nanos?;
    let rows: usize = nanos.iter().map(Vec::len).sum();
    (rows >= LEAST_ROWS).then_some(())?;
    let mut apart: Vec<i128> = nanos.iter().flat_map(|times| times.windows(2).map(|pair| pair[1] - pair[0])).collect();
    apart.sort_unstable();
    let median = *apart.get(apart.len() / 2)?;
    let near = |step: i128| (step - median).abs() * 10 <= median;
    let step = match given {
        0 => USUAL.iter().map(|ms| ms * 1_000_000).filter(|step| near(*step)).min_by_key(|step| (step - median).abs()),
        given => Some(given),
    };
    let on_clock = step.filter(|step| DAY % step == 0).and_then(|step| lay(&nanos, step, phase(&nanos, step), given != 0));
    // Times of a steady rate that is no step of a clock: 30 a second.
    let laid = on_clock.or_else(|| {
        let step = if given == 0 { rate(&nanos, median)? } else { given };
        lay(&nanos, step, 0, given != 0)
    })?;
    let (step, off, moved, places) = laid;
    let at = |nanos: i128| {
        Time::Date(add_nanos(add_nanos(EPOCH, SECOND as i64, nanos.div_euclid(SECOND) as i64), nanos.rem_euclid(SECOND) as i64, 1))
    };
    let times = places.into_iter().map(|places| places.into_iter().map(at).collect()).collect();
    let frequency = if step % DAY == 0 { Frequency::Days((step / DAY) as i64) } else { Frequency::Clock(i64::try_from(step).ok()?) };
    Some(Snapped { frequency, off, moved, times })
}

/// The nearest places of a grid, if they are near enough and no two times share one.
type Laid = (i128, i128, usize, Vec<Vec<i128>>);

fn lay(series: &[Vec<i128>], step: i128, phase: i128, given: bool) -> Option<Laid> {
    let (mut off, mut moved, mut rows) = (0, 0, 0);
    let mut places = Vec::with_capacity(series.len());
    for times in series {
        // Each series has its own place on a grid that is no clock's.
        let phase = if DAY % step == 0 { phase } else { times.first()?.rem_euclid(step) };
        let nearest = |at: i128| (at - phase + step / 2).div_euclid(step) * step + phase;
        let laid: Vec<i128> = times.iter().map(|at| nearest(*at)).collect();
        for (at, place) in times.iter().zip(&laid) {
            off = off.max((at - place).abs());
            moved += usize::from(at != place);
        }
        rows += times.len();
        laid.windows(2).all(|pair| pair[0] < pair[1]).then_some(())?;
        places.push(laid);
    }
    let share = off as f64 / step as f64;
    let often = moved as f64 >= OFTEN * rows as f64 || given;
    (moved > 0 && (share <= LITTLE_OFF || (share <= MOST_OFF && often))).then_some((step, off, moved, places))
}

/// Where on a step the times lie: on it, unless most lie clearly behind it.
fn phase(series: &[Vec<i128>], step: i128) -> i128 {
    let mut behind: Vec<i128> = series.iter().flatten().map(|at| (at + step / 2).rem_euclid(step) - step / 2).collect();
    behind.sort_unstable();
    let median = behind[behind.len() / 2];
    let unit = if step >= 60 * SECOND { SECOND } else { 1_000_000.min(step) };
    if median.abs() * 20 <= step { 0 } else { median / unit * unit }
}

/// Nanoseconds of a steady rate, from the first and the last times; of a whole number a second where it is near one.
fn rate(series: &[Vec<i128>], median: i128) -> Option<i128> {
    let (mut whole, mut steps) = (0, 0);
    for times in series {
        whole += times.last()? - times.first()?;
        steps += times.windows(2).map(|pair| (pair[1] - pair[0] + median / 2) / median.max(1)).sum::<i128>();
    }
    let step = whole as f64 / steps.max(1) as f64;
    let hertz = SECOND as f64 / step;
    let round = (hertz - hertz.round()).abs() < 0.001 * hertz && hertz >= 1.0;
    // Rounded up, the places do not fall short of the whole seconds, which are written without what is beyond their last digit.
    let step = if round { (SECOND as f64 / hertz.round()).ceil() } else { step.round() } as i128;
    (step > 0).then_some(step)
}

/// Whether times of a group follow each other in whole steps.
pub(super) fn is_on_grid(groups: &[Group<'_>], frequency: Frequency) -> bool {
    groups.iter().all(|group| group.times.windows(2).all(|pair| frequency.steps_between(&pair[0], &pair[1]).is_some()))
}
