//! Patches of a series as rows of numbers.
//!
//! A token holds [`PATCH`] steps; the last of the past ends with the last value, so the first may begin before the series, where masks are 0. Tokens of the
//! future have no values, only what seasons say of their steps.

use super::context::Context;
use super::quantiles::asinh;

/// Steps of a token.
pub(crate) const PATCH: usize = 6;

/// Numbers of each step: value; value a season before; value in standard deviations; value without season; what the season adds; value a longer season
/// before; distance from a line; and whether the first, the second and the sixth are there. Where a step of the future has no value of its own stand
/// drafts: drift, the line, the line through the last rows, drift by ratios.
const OF_STEP: usize = 10;

/// Numbers of the series and the token's place.
const OF_SERIES: usize = 15;

/// Length of a token.
pub(super) const TOKEN: usize = PATCH * OF_STEP + OF_SERIES;

/// Steps that the token's place is counted in.
const PLACE: f64 = 48.0;

/// Tokens of `rows` steps of the past, at least one.
pub(super) fn past_tokens(rows: usize) -> usize {
    rows.div_ceil(PATCH).max(1)
}

/// Writes the tokens of a context and of `future` patches behind it, one after the other. `sign` −1 turns the series over.
pub(super) fn write(context: &Context, future: usize, sign: f64, out: &mut Vec<f32>) {
    let past = past_tokens(context.rows);
    let (turned, plain) = context.whole();
    out.clear();
    out.reserve((past + future) * TOKEN);
    for token in 0..past + future {
        let first = (token * PATCH) as isize - (past * PATCH - context.rows) as isize;
        let start = out.len();
        out.resize(start + TOKEN, 0.0);
        let row = &mut out[start..];
        for k in 0..PATCH {
            let t = first + k as isize;
            if t < 0 {
                continue;
            }
            let mut put = |what: usize, value: f64| row[what * PATCH + k] = value as f32;
            if t >= context.rows as isize {
                let drafts = context.drafts((t - context.rows as isize) as usize);
                for (what, draft) in [(0, drafts[2]), (2, drafts[3]), (3, drafts[4]), (6, drafts[8])] {
                    put(what, sign * asinh(draft));
                }
            } else if let Some(value) = context.value(t) {
                put(0, sign * asinh(context.units(value)));
                put(2, sign * asinh(context.standard(value)));
                put(3, sign * asinh(context.deseasonalised(t).unwrap_or(0.0)));
                put(6, sign * asinh(context.off_line(t).unwrap_or(0.0)));
                put(7, 1.0);
            }
            if let Some(value) = context.seasonal(t, context.season) {
                put(1, sign * asinh(context.units(value)));
                put(8, 1.0);
            }
            put(4, sign * asinh(context.share(t)));
            if context.longer > 1
                && let Some(value) = context.seasonal(t, context.longer)
            {
                put(5, sign * asinh(context.units(value)));
                put(9, 1.0);
            }
        }
        let of_series = &mut row[OF_STEP * PATCH..];
        let place = (first - context.rows as isize) as f64 / PLACE;
        for (to, from) in of_series.iter_mut().zip(turned.map(|v| sign * v).into_iter().chain(plain).chain([place])) {
            *to = from as f32;
        }
    }
}
