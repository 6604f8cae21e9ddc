//! The page of a walk out of its data: `walk_page DATA.json [LANG] > PAGE.html`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("walk_page DATA.json [LANG]")?;
    let data: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let lang = arguments.next().or_else(|| data["lang"].as_str().map(str::to_string)).unwrap_or_else(|| "en".to_string());
    println!("{}", gatewise_report::walk::page(&data, "gatewise walk", &lang));
    Ok(())
}
