//! The forecast as one SVG file.

use super::ForecastReport;
use super::panel::Series;
use crate::draw::picture::framed;

/// The first panel of the report as a stand-alone SVG of 900 by 420 units.
pub fn forecast_picture(report: &ForecastReport) -> String {
    let series = report.panels.first().map(Series::new);
    let keys = series.as_ref().map_or(Vec::new(), |series| series.keys());
    framed(&report.title, &report.verdict, &keys, &|size| {
        series.as_ref().map_or(String::new(), |series| {
            let (chart, size, ticks) = series.drawing("picture", size);
            chart.group(size, &*ticks)
        })
    })
}
