//! Damaged files: whatever stands in them, reading ends with a dataset or an error.

mod common;

use common::options;
use gatewise_data::{Severity, inspect_table, read_table};

const SEEDS: [&str; 5] = [
    "date,a,b\n2020-01-30,1.5,10\n2020-01-31,2.5,20\n2020-02-01,-3.5,30\n2020-02-02,1,2\n",
    "unique_id,ds,y\nA,1,5\nA,2,6\nB,1,7\nB,2,9\nB,3,9\n",
    "when;x\n31.01.2020 11:00;1,5\n31.01.2020 12:00;2,5\n31.01.2020 13:00;1.300,5\n",
    "No,year,month,day,hour,v\n1,2010,1,31,22,5\n2,2010,1,31,23,6\n3,2010,2,1,0,7\n",
    "\u{feff}\"t\"\t\"note\"\tv\r\n2020-01-01T00:00:00+09:00\t\"a\"\"b\"\t1\r\n2020-01-01T00:15:00Z\tc\t2\r\n",
];

const SCRAPS: [&[u8]; 24] = [
    b"\n",
    b"\r",
    b"\"",
    b",",
    b";",
    b"\t",
    b"-",
    b":",
    b"/",
    b".",
    b"0",
    b"9",
    b"99999999999999999999",
    b"1e999",
    b"NaN",
    b"\0",
    b"\xff",
    "é".as_bytes(),
    b"Q4",
    b"Jan",
    b" PM",
    b"+23:59",
    b"9999-12-31",
    b"-9223372036854775808",
];

/// Damaged files tried.
const ROUNDS: usize = 300;

/// Marsaglia's xorshift: the same damage in every run.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 16) as usize
}

#[test]
fn damage_never_panics_and_good_datasets_stay_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let flags = ["", "impute=linear", "impute=forward", "impute=zero", "time=row", "freq=M", "freq=B impute=linear"];
    let mut state = 0x9E37_79B9_7F4A_7C15;
    let (mut whole, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let mut bytes = SEEDS[round % SEEDS.len()].as_bytes().to_vec();
        for _ in 0..=next(&mut state) % 3 {
            let at = next(&mut state) % (bytes.len() + 1);
            let until = (at + next(&mut state) % 6).min(bytes.len());
            let scrap = SCRAPS[next(&mut state) % SCRAPS.len()];
            bytes.splice(at..until, scrap.iter().copied());
        }
        std::fs::write(&path, &bytes).unwrap();
        let options = options(flags[next(&mut state) % flags.len()]);
        match read_table(&path, &options) {
            Ok(data) => {
                whole += 1;
                for series in &data.series {
                    let what = String::from_utf8_lossy(&bytes);
                    assert_eq!(series.values.len(), series.times.len() * data.channels.len(), "{what}");
                    assert!(series.values.iter().all(|value| value.is_finite()), "{what}");
                    for pair in series.times.windows(2) {
                        assert_eq!(data.frequency.next(&pair[0], 1), pair[1], "{what}\n{}", data.frequency.code());
                    }
                }
            }
            Err(error) => {
                refused += 1;
                assert!(!error.is_io(), "{error}");
                if let Ok((_, findings)) = inspect_table(&path, &options) {
                    assert_eq!(findings.first().map(|f| f.severity), Some(Severity::Error), "{error}");
                }
            }
        }
    }
    assert!(whole > ROUNDS / 20 && refused > ROUNDS / 4, "{whole} read, {refused} refused");
}
