//! How much memory the system lets this process have.

use std::fs;
use std::path::Path;

/// The least of what the machine, the control groups and the limits of the process allow, in bytes.
pub(crate) fn memory() -> Option<u64> {
    memory_in(Path::new("/"))
}

/// As [`memory`], of a system whose files lie under `root`.
fn memory_in(root: &Path) -> Option<u64> {
    [machine(root), groups(root), process(root)].into_iter().flatten().min()
}

fn read(root: &Path, path: &str) -> Option<String> {
    fs::read_to_string(root.join(path)).ok()
}

/// The memory of the machine.
fn machine(root: &Path) -> Option<u64> {
    kilobytes(&read(root, "proc/meminfo")?, "MemTotal:")
}

/// A number behind its name, in a file that counts in units of 1024 bytes.
fn kilobytes(file: &str, name: &str) -> Option<u64> {
    let line = file.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The least limit of the control groups that hold this process, of version 1 and of version 2.
fn groups(root: &Path) -> Option<u64> {
    let file = read(root, "proc/self/cgroup")?;
    let limits = file.lines().flat_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, group) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let place = match controllers {
            "" => Some(("sys/fs/cgroup", "memory.max")),
            list if list.split(',').any(|name| name == "memory") => Some(("sys/fs/cgroup/memory", "memory.limit_in_bytes")),
            _ => None,
        };
        place.into_iter().filter_map(|(mount, name)| along(root, mount, group, name))
    });
    limits.min()
}

/// The least number in the files `name` of a group and of those around it. In a container the group may lie outside of what is mounted.
fn along(root: &Path, mount: &str, group: &str, name: &str) -> Option<u64> {
    let group = Path::new(group.trim_start_matches('/'));
    let limit = |group: &Path| fs::read_to_string(root.join(mount).join(group).join(name)).ok()?.trim().parse::<u64>().ok();
    group.ancestors().filter_map(limit).min()
}

/// The address space that is left to this process.
fn process(root: &Path) -> Option<u64> {
    let limits = read(root, "proc/self/limits")?;
    let soft = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let limit = soft("Max address space").into_iter().chain(soft("Max data size")).min()?;
    let taken = read(root, "proc/self/status").and_then(|status| kilobytes(&status, "VmSize:")).unwrap_or(0);
    Some(limit.saturating_sub(taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        memory_in(root.path())
    }

    const MACHINE: (&str, &str) = ("proc/meminfo", "MemTotal:       1000 kB\nMemFree:        10 kB\n");
    const TWO: (&str, &str) = ("proc/self/cgroup", "0::/outer/inner\n");
    const ONE: (&str, &str) = ("proc/self/cgroup", "3:cpu,cpuacct:/job\n2:memory:/job\n");

    #[test]
    fn the_least_limit_counts() {
        assert_eq!(system(&[]), None);
        assert_eq!(system(&[MACHINE]), Some(1_024_000));
        let free = (
            "proc/self/limits",
            "Limit                     Soft Limit   Hard Limit   Units\nMax address space         unlimited  unlimited  bytes\n",
        );
        assert_eq!(system(&[MACHINE, free]), Some(1_024_000));
        let bound = (
            "proc/self/limits",
            "Max data size             unlimited  unlimited  bytes\nMax address space         500000     unlimited  bytes\n",
        );
        assert_eq!(system(&[MACHINE, bound]), Some(500_000));
        assert_eq!(system(&[MACHINE, bound, ("proc/self/status", "VmSize:\t   100 kB\n")]), Some(500_000 - 102_400));
    }

    #[test]
    fn control_groups_of_both_versions_count_with_those_around_them() {
        assert_eq!(system(&[MACHINE, TWO, ("sys/fs/cgroup/outer/inner/memory.max", "max\n")]), Some(1_024_000));
        let (outer, inner) = (("sys/fs/cgroup/outer/memory.max", "3000\n"), ("sys/fs/cgroup/outer/inner/memory.max", "7000\n"));
        assert_eq!(system(&[MACHINE, TWO, outer, inner]), Some(3000));
        assert_eq!(system(&[MACHINE, TWO, ("sys/fs/cgroup/memory.max", "8000\n")]), Some(8000), "the group of a container");
        assert_eq!(system(&[MACHINE, ONE, ("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9000\n")]), Some(9000));
        let none = ("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(system(&[MACHINE, ONE, none]), Some(1_024_000));
    }
}
