//! No folder or file at the top of a library needs one that needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Libraries whose modules are looked at.
const LIBRARIES: [&str; 7] =
    ["gatewise", "gatewise-baselines", "gatewise-data", "gatewise-memory", "gatewise-ngrams", "gatewise-report", "gatewise-rocket"];

type Graph = BTreeMap<String, BTreeSet<String>>;

/// A source without comments and without its tests.
fn code(source: &str) -> String {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The modules at the top of the crate that a text names: behind `crate::`, or behind as many `super::` as lead there from `depth` below it.
fn named(code: &str, depth: usize) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let up = "super::".repeat(depth);
    for root in ["crate::", &up].into_iter().filter(|root| !root.is_empty()) {
        for (at, _) in code.match_indices(root) {
            let inside = code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
            let rest = &code[at + root.len()..];
            if inside || rest.starts_with("super::") {
                continue;
            }
            match rest.strip_prefix('{') {
                None => found.extend(first(rest)),
                Some(list) => {
                    let (mut level, mut start) = (0, 0);
                    for (k, c) in list.char_indices() {
                        match c {
                            '{' => level += 1,
                            '}' if level == 0 => {
                                found.extend(first(&list[start..k]));
                                break;
                            }
                            '}' => level -= 1,
                            ',' if level == 0 => {
                                found.extend(first(&list[start..k]));
                                start = k + 1;
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
    }
    found
}

/// The name that a path begins with.
fn first(path: &str) -> Option<String> {
    let name: String = path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

fn look(folder: &Path, within: &[String], graph: &mut Graph) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            look(&path, &[within, &[name]].concat(), graph);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !["lib", "main", "tests"].contains(&&*name) {
            let own = if name == "mod" { within.to_vec() } else { [within, &[name]].concat() };
            let Some(top) = own.first() else { continue };
            let needs = named(&code(&std::fs::read_to_string(&path).unwrap()), own.len());
            graph.entry(top.clone()).or_default().extend(needs.into_iter().filter(|need| need != top));
        }
    }
}

/// A way from a module back to it.
fn circle(graph: &Graph) -> Option<Vec<String>> {
    graph.keys().find_map(|start| {
        let mut ways = vec![vec![start.clone()]];
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop() {
            for next in way.last().and_then(|last| graph.get(last)).into_iter().flatten() {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    ways.push([&way[..], std::slice::from_ref(next)].concat());
                }
            }
        }
        None
    })
}

#[test]
fn modules_need_each_other_one_way() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for library in LIBRARIES {
        let mut graph = Graph::new();
        look(&crates.join(library).join("src"), &[], &mut graph);
        assert!(graph.len() > 1, "{library} has modules");
        assert_eq!(circle(&graph), None, "{library}: each of these needs the next, and the last one the first");
    }
}

#[test]
fn a_circle_is_found() {
    let needs = |text: &str, depth| named(text, depth).into_iter().collect::<Vec<_>>();
    assert_eq!(needs("use crate::a::b; crate::{c::{x, y}, d}", 1), ["a", "c", "d"]);
    assert_eq!(needs("use super::super::a; use super::b; use super::super::super::x;", 2), ["a"]);
    let graph = |pairs: &[(&str, &str)]| {
        let mut graph = Graph::new();
        for (from, to) in pairs {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        graph
    };
    assert_eq!(circle(&graph(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
    assert_eq!(circle(&graph(&[("a", "b"), ("b", "c"), ("c", "a")])).map(|way| way.len()), Some(3));
}
