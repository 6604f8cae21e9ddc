//! Frames kept on disk, and files read side by side.

use std::cell::Cell;
use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use gatewise_data::Frames;
use gatewise_data::cache::{Cache, load_all};

/// Frames that tell the length of a file, and a count of how often they were made.
fn frames(cache: &Cache, path: &Path, settings: &str, made: &Cell<usize>) -> Frames {
    let make = || {
        made.set(made.get() + 1);
        let length = fs::metadata(path).map_or(0, |about| about.len()) as f32;
        Ok::<_, Infallible>(Frames { steps: 2, width: 1, values: vec![length, -0.0] })
    };
    cache.frames(path, &settings, make).unwrap()
}

#[test]
fn frames_are_made_once_for_the_same_bytes_and_settings() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, made) = (Cache::new(folder.path().join("kept")), Cell::new(0));
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    fs::write(&first, "some bytes").unwrap();
    let fresh = frames(&cache, &first, "a", &made);
    assert_eq!((frames(&cache, &first, "a", &made), made.get()), (fresh.clone(), 1));
    fs::rename(&first, &second).unwrap();
    assert_eq!((frames(&cache, &second, "a", &made), made.get()), (fresh, 1), "a moved file is found again");
    frames(&cache, &second, "b", &made);
    assert_eq!(made.get(), 2, "other settings");
    fs::write(&second, "other bytes").unwrap();
    assert_eq!((frames(&cache, &second, "a", &made).values[0], made.get()), (11.0, 3), "other bytes");
    assert!(cache.take_error().is_none());
}

#[test]
fn a_folder_is_known_by_the_files_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, made, clip) = (Cache::new(folder.path().join("kept")), Cell::new(0), folder.path().join("clip"));
    fs::create_dir(&clip).unwrap();
    fs::write(clip.join("1.png"), "one").unwrap();
    fs::write(clip.join("2.png"), "two").unwrap();
    let count = |expected: usize| {
        frames(&cache, &clip, "a", &made);
        assert_eq!(made.get(), expected);
    };
    count(1);
    count(1);
    fs::rename(clip.join("2.png"), clip.join("0.png")).unwrap();
    count(2);
    fs::write(clip.join("0.png"), "zwo").unwrap();
    count(3);
    count(3);
}

#[test]
fn damage_is_noticed_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let (kept, path) = (folder.path().join("kept"), folder.path().join("file"));
    fs::write(&path, "bytes").unwrap();
    let (cache, made) = (Cache::new(&kept), Cell::new(0));
    let fresh = frames(&cache, &path, "a", &made);
    let file = fs::read_dir(&kept).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&file).unwrap();
    for (count, length) in [0, 7, 47, whole.len() - 1].into_iter().enumerate() {
        fs::write(&file, &whole[..length]).unwrap();
        assert_eq!((frames(&cache, &path, "a", &made), made.get()), (fresh.clone(), count + 2), "cut to {length} bytes");
    }
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&file, changed).unwrap();
        assert_eq!(frames(&cache, &path, "a", &made), fresh, "byte {at}");
    }
    assert_eq!(made.get(), 5 + whole.len());
}

#[test]
fn a_cache_that_cannot_be_written_costs_only_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "bytes").unwrap();
    // The cache's folder is a file.
    let (cache, made) = (Cache::new(&path), Cell::new(0));
    assert_eq!(frames(&cache, &path, "a", &made).steps, 2);
    assert!(cache.take_error().is_some() && cache.take_error().is_none());
    assert_eq!((frames(&cache, Path::new("/no/such/file"), "a", &made).steps, made.get()), (2, 2));
}

#[test]
fn broken_files_are_named_and_the_others_read() {
    let paths: Vec<String> = (0..100).map(|k| format!("{k}")).collect();
    for threads in [0, 1, 3] {
        let done = AtomicUsize::new(0);
        let load = |path: &Path| {
            let number: usize = path.to_str().unwrap().parse().unwrap();
            if number % 7 == 3 { Err(format!("{number} is broken")) } else { Ok(number * 2) }
        };
        let loaded = load_all(&paths, threads, load, || {
            done.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!((done.into_inner(), loaded.items.len(), loaded.broken.len()), (100, 86, 14));
        assert!(loaded.items.iter().all(|&(k, item)| item == 2 * k) && loaded.items.is_sorted());
        assert_eq!(loaded.broken[1], (10, "10 is broken".to_owned()));
    }
}
