//! Path data of lines and bands, in the coordinates of the drawing.

use std::fmt::Write;

/// A path through the points; a missing one leaves a gap. Several points in one column of the
/// drawing are reduced to the first, lowest, highest and last, which look the same.
pub fn line_path(points: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    let mut out = String::new();
    let mut run: Vec<(f64, f64)> = Vec::new();
    for point in points.chain([None]) {
        match point {
            Some(point) => run.push(point),
            None => {
                write_run(&thin(&run), &mut out);
                run.clear();
            }
        }
    }
    out
}

fn write_run(run: &[(f64, f64)], out: &mut String) {
    for (i, (x, y)) in run.iter().enumerate() {
        let command = if i == 0 { 'M' } else { 'L' };
        let _ = write!(out, "{command}{x:.1} {y:.1}");
    }
    if run.len() == 1 {
        // A round line cap turns a stroke without length into a dot.
        out.push_str("h0");
    }
}

fn thin(run: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut out = Vec::with_capacity(run.len());
    for column in run.chunk_by(|a, b| a.0.floor() == b.0.floor()) {
        if column.len() <= 4 {
            out.extend_from_slice(column);
            continue;
        }
        let last = column.len() - 1;
        let by_value = |a: &usize, b: &usize| column[*a].1.total_cmp(&column[*b].1);
        let lowest = (0..=last).min_by(by_value).unwrap_or(0);
        let highest = (0..=last).max_by(by_value).unwrap_or(0);
        let mut kept = [0, lowest, highest, last];
        kept.sort_unstable();
        out.extend(kept.into_iter().map(|i| column[i]));
    }
    out
}

/// The outline of the area between two values at each of (x, low, high); a missing row leaves a gap.
pub fn band_path(rows: impl Iterator<Item = Option<(f64, f64, f64)>>) -> String {
    let mut out = String::new();
    let mut run: Vec<(f64, f64, f64)> = Vec::new();
    for row in rows.chain([None]) {
        match row {
            Some(row) => run.push(row),
            None if run.len() > 1 => {
                for (i, (x, lo, _)) in run.iter().enumerate() {
                    let command = if i == 0 { 'M' } else { 'L' };
                    let _ = write!(out, "{command}{x:.1} {lo:.1}");
                }
                for (x, _, hi) in run.iter().rev() {
                    let _ = write!(out, "L{x:.1} {hi:.1}");
                }
                out.push('Z');
                run.clear();
            }
            None => run.clear(),
        }
    }
    out
}
