//! The code of the READMEs is that of `examples/readme.rs`, which is compiled and run.

use std::path::Path;

/// A text without its comments, which each page has in its own language.
fn plain(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default().trim_end()).collect::<Vec<_>>().join("\n")
}

/// The parts of the example between its marks, without their indentation.
fn parts(example: &str) -> Vec<String> {
    let parts = example.split("    // README: ").skip(1).filter(|part| !part.starts_with("end"));
    let undented = |line: &str| line.strip_prefix("    ").unwrap_or(line).to_owned();
    parts.map(|part| plain(part.lines().skip(1).map(undented).collect::<Vec<_>>().join("\n").trim_end())).collect()
}

/// The blocks of Rust of a page.
fn blocks(page: &str) -> Vec<String> {
    let starts = page.split("```rust\n").skip(1);
    starts.map(|rest| plain(rest.split("```").next().unwrap_or_default().trim_end())).collect()
}

#[test]
fn the_readmes_show_what_is_compiled() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let compiled = parts(&read(&own.join("examples/readme.rs")));
    assert_eq!(compiled.len(), 3);
    for page in ["README.md", "README.ko.md"] {
        assert_eq!(blocks(&read(&own.join("../..").join(page))), compiled, "{page}");
    }
}
