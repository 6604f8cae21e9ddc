//! The page of a walk: a network unrolled over one's own text or series, with what was measured at every step.
//!
//! The data stand in the page as JSON; its script draws them, and leaves out what they do not have.

use gatewise::walk::Walk;
use serde_json::Value;

use super::data::data;
use crate::html::page::STYLE;
use crate::markup::{escape, escape_json, shorten};

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
    let own: String = walk.columns.iter().map(|column| column.text.as_str()).collect();
    let named = if walk.source.name == "text" { shorten(&own, TITLED as f64) } else { walk.source.name.clone() };
    let title = format!("{}: {named}", if lang == "ko" { "기억을 따라 걷기" } else { "A walk through memory" });
    document(&data(walk, command, lang, Some(seconds)), &title, lang)
}

/// The document around `data`, whose form is that of `gatewise::walk`. `lang` is the language it opens in: `en` or `ko`.
fn document(data: &Value, title: &str, lang: &str) -> String {
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
        escape(title),
        STYLE.concat(),
        "This page is drawn by a script. 이 페이지는 스크립트로 그립니다.",
        escape_json(&data.to_string()),
        SCRIPTS.concat(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn sample() -> Value {
        serde_json::from_str(include_str!("sample.json")).expect("the sample is JSON")
    }

    fn xml(markup: &str) -> &str {
        markup.trim_start_matches("<!doctype html>").trim()
    }

    #[test]
    fn every_tag_is_closed_and_the_data_stand_in_the_page() {
        let data = sample();
        let markup = super::document(&data, "나는 <한국> & \"you\"", "ko");
        let document = roxmltree::Document::parse(xml(&markup)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(document.root_element().attribute("lang"), Some("ko"));
        let title = document.descendants().find(|n| n.has_tag_name("title")).and_then(|n| n.text());
        assert_eq!(title, Some("나는 <한국> & \"you\""));
        let embedded = document.descendants().find(|n| n.attribute("id") == Some("walk-data")).and_then(|n| n.text()).expect("data");
        assert_eq!(serde_json::from_str::<Value>(embedded).expect("JSON"), data);
    }

    #[test]
    fn no_text_ends_the_script() {
        let hostile = json!({ "columns": [{ "text": "</script><script>alert(1)</script><!-- ]]>" }] });
        let markup = super::document(&hostile, "", "en");
        assert_eq!(markup.matches("</script").count(), 2);
        assert_eq!(markup.matches("<!--").count(), 0);
        assert_eq!(markup.matches("]]>").count(), 1);
        roxmltree::Document::parse(xml(&markup)).unwrap_or_else(|e| panic!("{e}"));
    }

    #[test]
    fn a_page_loads_nothing() {
        let markup = super::document(&sample(), "", "en");
        let names = ["http://www.w3.org/2000/svg"];
        let rest = names.iter().fold(markup, |text, name| text.replace(name, ""));
        for loader in ["http:", "https:", "url(h", "@import", "src=", "import("] {
            assert!(!rest.contains(loader), "{loader}");
        }
    }
}
