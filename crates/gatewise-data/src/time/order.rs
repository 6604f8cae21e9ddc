//! Which of several readings of a column of dates is meant, from how regular the dates are that each gives.

use std::collections::HashMap;

use jiff::civil::DateTime;

use super::civil_nanos;

/// How far one reading has to be better than the next, between 0 and 1.
const MARGIN: f64 = 0.15;
/// Turns from which on times are in no order.
const MOST_TURNS: usize = 2;
/// Rows whose steps are compared.
const ROWS: usize = 5_000;
/// A gap this many times the usual one is a jump.
const JUMP: i128 = 20;
const NANOS_PER_DAY: i128 = 86_400_000_000_000;

/// The reading that the column speaks for, or those between which it does not decide. Each item: the times of the rows.
pub(super) fn choose(readings: &[Vec<Option<DateTime>>]) -> Result<usize, Vec<usize>> {
    let valid: Vec<usize> = readings.iter().map(|times| times.iter().flatten().count()).collect();
    let most = valid.iter().copied().max().unwrap_or(0);
    let mut left: Vec<(usize, f64)> = (0..readings.len()).filter(|&r| valid[r] == most).map(|r| (r, regularity(&readings[r]))).collect();
    left.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best = left.first().map_or(0.0, |(_, quality)| *quality);
    // Tables are kept in order: a reading that keeps it is meant before one that jumps back again and again.
    if left.first().is_some_and(|(reading, _)| turns(&readings[*reading]) == 0) {
        left.retain(|(reading, _)| turns(&readings[*reading]) < MOST_TURNS);
    }
    left.retain(|(_, quality)| *quality > best - MARGIN);
    match &left[..] {
        [(only, _)] => Ok(*only),
        _ => Err(left.into_iter().map(|(reading, _)| reading).collect()),
    }
}

/// How often the times go back where most go on, or on where most go back.
fn turns(times: &[Option<DateTime>]) -> usize {
    let times: Vec<DateTime> = times.iter().flatten().copied().collect();
    let falling = times.windows(2).filter(|pair| pair[1] < pair[0]).count();
    let rising = times.windows(2).filter(|pair| pair[1] > pair[0]).count();
    falling.min(rising)
}

/// How much the times go one way in equal steps, from 0 to 1; less than 0 where they are a day a year that no one would choose.
fn regularity(times: &[Option<DateTime>]) -> f64 {
    let times: Vec<DateTime> = times.iter().flatten().copied().take(ROWS).collect();
    let (mut rising, mut falling) = (0_usize, 0_usize);
    let mut apart: HashMap<i128, usize> = HashMap::new();
    let mut months: HashMap<i64, usize> = HashMap::new();
    for pair in times.windows(2).filter(|pair| pair[0] != pair[1]) {
        rising += usize::from(pair[1] > pair[0]);
        falling += usize::from(pair[1] < pair[0]);
        *apart.entry(civil_nanos(pair[1]) - civil_nanos(pair[0])).or_default() += 1;
        if pair[0].day() == pair[1].day() && pair[0].time() == pair[1].time() {
            let index = |at: DateTime| i64::from(at.year()) * 12 + i64::from(at.month());
            *months.entry(index(pair[1]) - index(pair[0])).or_default() += 1;
        }
    }
    let steps = rising + falling;
    if steps == 0 {
        return 0.0;
    }
    let share = |count: usize| count as f64 / steps as f64;
    let by_months = months.iter().max_by_key(|(_, count)| **count);
    let by_time = apart.values().copied().max().unwrap_or(0);
    // Dates a year apart are those of a calendar's year, and hardly the 24th of January.
    let yearly = by_months.is_some_and(|(months, count)| months % 12 == 0 && *count * 2 > steps)
        || apart.keys().all(|nanos| nanos.abs() > 300 * NANOS_PER_DAY);
    let odd = |at: &DateTime| at.day() != 1 && at.day() != at.days_in_month();
    let mut gaps: Vec<i128> = times.windows(2).map(|pair| (civil_nanos(pair[1]) - civil_nanos(pair[0])).abs()).collect();
    gaps.sort_unstable();
    let (usual, widest) = (gaps[gaps.len() / 2], gaps[gaps.len() - 1]);
    // Hours that jump by a month or a year at midnight are those of another reading.
    let jumps = widest > JUMP * usual.max(1) && widest > 25 * NANOS_PER_DAY;
    let penalty = if yearly && times.iter().all(odd) { 1.0 } else { 0.0 } + if jumps { 0.5 } else { 0.0 };
    let step = share(by_time.max(by_months.map_or(0, |(_, count)| *count)));
    (share(rising.max(falling)) + step) / 2.0 - penalty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_regular_reading_is_meant() {
        let of = |texts: &[&str]| texts.iter().map(|text| text.parse().ok()).collect::<Vec<Option<DateTime>>>();
        let daily = of(&["2024-01-29", "2024-01-30", "2024-01-31", "2024-02-01"]);
        let yearly = of(&["2029-01-24", "2030-01-24", "2031-01-24", "2001-02-24"]);
        assert_eq!(choose(&[yearly.clone(), daily.clone()]), Ok(1));
        // A century of the 24th of January is regular too, and no one's calendar.
        assert_eq!(choose(&[of(&["2001-01-24", "2002-01-24", "2003-01-24"]), daily.clone()[..3].to_vec()]), Ok(1));
        assert_eq!(choose(&[of(&["2020-01-02", "2020-02-02"]), of(&["2020-02-01", "2020-02-02"])]), Err(vec![0, 1]));
        let hours = |days: [&str; 2]| {
            days.iter().flat_map(|day| (0..24).map(move |hour| format!("{day} {hour:02}:00").parse().ok())).collect::<Vec<_>>()
        };
        assert_eq!(choose(&[hours(["2024-01-03", "2024-02-03"]), hours(["2024-03-01", "2024-03-02"])]), Ok(1));
        assert_eq!(choose(&[of(&["x", "2020-02-02"]), of(&["2020-02-01", "2020-02-02"])]), Ok(1));
    }
}
