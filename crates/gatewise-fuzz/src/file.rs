//! A file for readers that take a path.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Where files lie in memory, if the system has it.
const MEMORY: &str = "/dev/shm";

thread_local! {
    static FOLDER: TempDir = {
        let memory = Path::new(MEMORY);
        if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.expect("a folder for inputs can be made")
    };
}

/// Writes the bytes as the only file of its name; each thread has its own.
pub fn holding(name: &str, bytes: &[u8]) -> PathBuf {
    let path = FOLDER.with(|folder| folder.path().join(name));
    std::fs::write(&path, bytes).expect("an input can be written");
    path
}
