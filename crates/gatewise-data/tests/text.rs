//! Texts: parts that make up the whole, places of what is wrong.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gatewise_data::{Corpus, Interrupt, TextError};

/// The text before and behind the cut.
fn read(path: &Path, cut: Option<u64>) -> Result<[String; 2], TextError> {
    let corpus = Corpus::open(path)?;
    let mut texts = [String::new(), String::new()];
    for part in corpus.parts(cut) {
        let part = part?;
        assert!(!part.text.is_empty());
        texts[usize::from(part.behind)].push_str(&part.text);
    }
    Ok(texts)
}

#[test]
fn parts_make_up_the_text_however_long() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    // Characters of three bytes, so that blocks end inside of them; with lines, with spaces alone, and in one run.
    for text in ["나는 학교에 간다.\n".repeat(150_000), "가나다 ".repeat(300_000), "한".repeat(900_000), "a".into(), String::new()]
    {
        std::fs::write(&path, &text).unwrap();
        assert_eq!(read(&path, None).unwrap(), [text.clone(), String::new()]);
        let corpus = Corpus::open(&path).unwrap();
        assert_eq!((corpus.bytes(), corpus.files()), (text.len() as u64, 1));
        let many = text.lines().count() > 1;
        let parts: Vec<String> = corpus.parts(None).map(|part| part.unwrap().text).collect();
        assert!(!many || parts.iter().all(|part| part.ends_with('\n')), "parts end with lines where there are any");
    }
}

#[test]
fn a_cut_falls_between_characters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    std::fs::write(&path, "가나다라").unwrap();
    for (cut, expected) in [
        (0, ["", "가나다라"]),
        (3, ["가", "나다라"]),
        (4, ["가", "나다라"]),
        (5, ["가", "나다라"]),
        (6, ["가나", "다라"]),
        (12, ["가나다라", ""]),
    ] {
        assert_eq!(read(&path, Some(cut)).unwrap(), expected, "cut at {cut}");
    }
}

#[test]
fn a_folder_is_read_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("b.txt", "둘\n");
    write("c/d.txt", "셋\n");
    write("a.txt", "\u{FEFF}하나\n");
    write(".hidden", "no");
    write("e.txt", "");
    assert_eq!(read(folder.path(), None).unwrap()[0], "하나\n둘\n셋\n", "without the mark that a file may begin with");
    // The cut counts bytes of all files: the mark's three, seven, and two of four.
    assert_eq!(read(folder.path(), Some(12)).unwrap(), ["하나\n".to_string(), "둘\n셋\n".to_string()]);
}

#[test]
fn several_paths_are_one_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("more")).unwrap();
    for (name, text) in [("a.txt", "하나"), ("more/b.txt", "둘\n"), ("more/c.txt", "셋")] {
        std::fs::write(path(name), text).unwrap();
    }
    let text = |corpus: &Corpus| corpus.parts(None).map(|part| part.unwrap().text).collect::<String>();
    let all = Corpus::open_all(&[path("more"), path("a.txt")]).unwrap();
    assert_eq!((text(&all).as_str(), all.files(), all.bytes()), ("둘\n셋\n하나", 3, 13));
    assert!(all.path().ends_with("more and 1 more"), "{}", all.path());
    let one = Corpus::open_all(&[path("a.txt")]).unwrap();
    assert_eq!((text(&one).as_str(), one.path()), ("하나", &*path("a.txt").to_string_lossy()));
    assert!(matches!(Corpus::open_all(&[]), Err(TextError::NoPaths)));
    assert!(Corpus::open_all(&[path("a.txt"), path("none")]).unwrap_err().is_io());
}

#[test]
fn reading_ends_where_it_is_asked_to() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let interrupt = Interrupt::new(move || count.fetch_add(1, Ordering::Relaxed) >= 2);
    let corpus = || Corpus::from_texts(["하나\n", "둘\n", "셋\n"]).interrupted_by(interrupt.clone());
    let read: Vec<_> = corpus().parts(None).collect();
    assert_eq!(read.iter().filter(|part| part.is_ok()).count(), 2);
    assert!(matches!(read.last(), Some(Err(TextError::Io { source, .. })) if source.kind() == ErrorKind::Interrupted));
    assert!(corpus().lines().is_err());
    for file in corpus().split() {
        assert!(file.parts(None).next().unwrap().is_err(), "what it is split into ends too");
    }
    assert!(Interrupt::default().check().is_ok());
}

#[test]
fn what_is_wrong_is_found_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    // Behind the first block, so that places count across blocks.
    let long = "한글입니다\n".repeat(100_000);
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("latin-1", b"one\ncaf\xe9 au lait".to_vec(), "t.txt:2:4: byte 7 (0xe9) is not UTF-8"),
        ("cut off", "한".as_bytes()[..2].to_vec(), "t.txt:1:1: byte 0 (0xed) is not UTF-8"),
        ("far behind", [long.as_bytes(), b"ab\xff\n"].concat(), "t.txt:100001:3: byte 1600002 (0xff) is not UTF-8"),
        ("zero byte", b"a\nb\0c".to_vec(), "t.txt:2: a zero byte (byte 3)"),
        ("picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "binary file"),
    ];
    for (name, bytes, expected) in cases {
        std::fs::write(&path, bytes).unwrap();
        let error = read(&path, None).unwrap_err();
        assert!(error.to_string().contains(expected), "{name}: {error}");
        assert!(error.help().is_some() && !error.is_io(), "{name}");
    }
    let missing = read(&folder.path().join("none"), None).unwrap_err();
    assert!(missing.is_io() && missing.help().is_some());
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    assert!(matches!(read(&empty, None), Err(TextError::NoFiles { .. })));
}
