//! The page of a walk: a network unrolled over one's own text or series, with what was measured at every step.
//!
//! The data stand in the page as JSON; its script draws them, and leaves out what they do not have.

use gatewise::walk::Walk;

use super::data::data;
use crate::html::page::STYLE;
use crate::markup::{escape, escape_json};

const WALK_STYLE: &str = include_str!("walk.css");

/// The scripts, in the order in which they stand.
const SCRIPTS: [&str; 18] = [
    include_str!("js/data.js"),
    include_str!("js/dom.js"),
    include_str!("js/heat.js"),
    include_str!("js/chart.js"),
    include_str!("js/text.js"),
    include_str!("js/en.js"),
    include_str!("js/ko.js"),
    include_str!("js/state.js"),
    include_str!("js/unrolled.js"),
    include_str!("js/cell.js"),
    include_str!("js/memory.js"),
    include_str!("js/gradient.js"),
    include_str!("js/recall.js"),
    include_str!("js/series.js"),
    include_str!("js/weights.js"),
    include_str!("js/short.js"),
    include_str!("js/made.js"),
    include_str!("js/main.js"),
];

/// Characters of a text in the title of its page.
const TITLED: usize = 40;

/// The page of a walk: one document that loads nothing. `command` is the command line that made it, `lang` the language it opens in, `en` or `ko`, and
/// `seconds` the time that all of it took.
pub fn page(walk: &Walk, command: &str, lang: &str, seconds: f64) -> String {
    let data = data(walk, command, lang, Some(seconds));
    let own: String = walk.columns.iter().map(|column| column.text.as_str()).collect();
    let named = if walk.source.name == "text" { crate::markup::shorten(&own, TITLED as f64) } else { walk.source.name.clone() };
    let title = format!("{}: {named}", if lang == "ko" { "기억을 따라 걷기" } else { "A walk through memory" });
    // The script is a section of characters to XML and a pair of comments to HTML.
    format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <meta name=\"color-scheme\" content=\"light dark\"/>\
         <meta name=\"generator\" content=\"gatewise {}\"/>\
         <title>{}</title><style>{}{WALK_STYLE}</style></head>\
         <body><main><noscript>{}</noscript></main><script type=\"application/json\" id=\"walk-data\">{}</script>\
         <script>/*<![CDATA[*/\n(() => {{\n\"use strict\";\n{}\n}})();\n/*]]>*/</script></body></html>\n",
        escape(lang),
        env!("CARGO_PKG_VERSION"),
        escape(&title),
        STYLE.concat(),
        "This page draws with a script.",
        escape_json(&data.to_string()),
        SCRIPTS.concat(),
    )
}
