//! The `gatewise` command.
fn main() {}
