//! Text that is not UTF-8, and spreadsheets.

mod common;

use common::{options, read_bytes, refusal};
use gatewise_data::{FindingKind, ReadOptions};

fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

const KOREAN: &str = "일자,매출액\n2024-01-01,100.5\n2024-01-02,112\n2024-01-03,114.25\n";

#[test]
fn utf16_is_known_by_its_mark_and_without() {
    for (little, mark, text) in
        [(true, true, KOREAN), (false, true, KOREAN), (true, false, "date,sales\n2024-01-01,100.5\n2024-01-02,112\n2024-01-03,114.25\n")]
    {
        let data = read_bytes(&utf16(text, little, mark), &ReadOptions::default()).unwrap();
        assert_eq!(data.series[0].values, [100.5, 112.0, 114.25]);
        assert!(data.guesses.iter().any(|g| g.what == "encoding" && g.value.starts_with("UTF-16")));
    }
}

#[test]
fn a_guessed_encoding_is_said_and_can_be_given() {
    let (korean, _, _) = encoding_rs::EUC_KR.encode(KOREAN);
    let data = read_bytes(&korean, &ReadOptions::default()).unwrap();
    assert_eq!((data.time_column.as_deref(), &data.channels[..]), (Some("일자"), &["매출액".to_owned()][..]));
    let said = data.findings.iter().find(|f| f.kind == FindingKind::Encoding).unwrap();
    assert!(said.message.contains("EUC-KR") && said.message.contains("매출액") && said.line == Some(1), "{said:?}");
    assert!(said.help.as_deref().unwrap().contains("⦃encoding⦄"));
    for name in ["cp949", "EUC-KR", "euc_kr", "ks_c_5601-1987"] {
        let data = read_bytes(&korean, &options(&format!("encoding={name}"))).unwrap();
        assert_eq!(data.channels, ["매출액"], "{name}");
        assert!(!data.findings.iter().any(|f| f.kind == FindingKind::Encoding) && !data.guesses.iter().any(|g| g.what == "encoding"));
    }
    let latin = b"date;gr\xf6\xdfe\n2024-01-01;1,5\n2024-01-02;2,5\n";
    for flags in ["", "encoding=latin1", "encoding=cp1252"] {
        assert_eq!(read_bytes(latin, &options(flags)).unwrap().channels, ["größe"], "{flags}");
    }
}

#[test]
fn wrong_encodings_are_named() {
    let (message, help) = refusal(b"date,v\n2024-01-01,1\n2024-01-02,\xff\n", &options("encoding=utf-8"));
    assert!(message.starts_with("t.csv:3: holds bytes that have no meaning in UTF-8") && help.contains("⦃encoding⦄"), "{message}");
    let (message, help) = refusal(b"date,v\n2024-01-01,1\n", &options("encoding=klingon"));
    assert!(message.contains("\"klingon\" is no known encoding") && help.contains("euc-kr"), "{message}");
}
