//! `gatewise check` on tables as people have them, and the plain table it writes.

mod support;

use support::Place;

const EXPORTED: &str =
    "Umsatz der Filiale\nDatum;Umsatz\n29.01.2024;1.234,5 €\n30.01.2024;2,5 €\n31.01.2024;4,25 €\n01.02.2024;7 €\nSumme;1.248,25 €\n";

#[test]
fn the_plain_table_is_what_was_understood() {
    let place = Place::new();
    place.write("t.csv", EXPORTED);
    let shown = place.run(&["check", "t.csv", "--write", "fixed.csv"]).expect(0).out;
    assert_eq!(place.text("fixed.csv"), "Datum,Umsatz\n2024-01-29,1234.5\n2024-01-30,2.5\n2024-01-31,4.25\n2024-02-01,7\n");
    for words in [
        "1 line above the table left out",
        "1 line below the table left out",
        "decimal mark",
        "fixed.csv: 4 rows",
        "the same table, unasked",
    ] {
        assert!(shown.contains(words), "{words} in {shown}");
    }
    let again = place.run(&["check", "fixed.csv"]).expect(0).out;
    assert!(again.contains("nothing is wrong"), "{again}");
    let written = place.run(&["check", "t.csv", "--write", "fixed.csv", "--json"]).expect(0);
    assert_eq!(written.named("written")[0]["rows"], 4);
}

#[test]
fn the_table_itself_is_never_written_over() {
    let place = Place::new();
    place.write("t.csv", EXPORTED).write("bad.csv", "date,v\n2024-01-01,1\n2024-01-02,x\n2024-01-03,3\n");
    for out in ["t.csv", "./t.csv"] {
        let ended = place.run(&["check", "t.csv", "--write", out]).expect(2);
        assert!(ended.err.contains("this is the table itself") && ended.err.contains("another file"), "{}", ended.err);
    }
    assert_eq!(place.text("t.csv"), EXPORTED);
    let ended = place.run(&["check", "bad.csv", "--write", "out.csv"]).expect(3);
    assert!(ended.err.contains("out.csv is not written"), "{}", ended.err);
    assert!(!place.file("out.csv").exists());
}

#[test]
fn flags_decide_what_was_guessed() {
    let place = Place::new();
    let (korean, latin) = (b"\xc0\xcf\xc0\xda;v\n2024-01-01;1,234\n2024-01-02;5,678\n2024-01-03;2,500\n", "1,234");
    place.write("k.csv", korean);
    let first = place.run(&["check", "k.csv"]).expect(0).out;
    assert!(first.contains("EUC-KR") && first.contains("일자") && first.contains(&format!("\"{latin}\" is read as 1.234")), "{first}");
    let second = place.run(&["check", "k.csv", "--encoding", "cp949", "--decimal", "point"]).expect(0).out;
    assert!(second.contains("v: 1234 to 5678") && !second.contains("not UTF-8"), "{second}");
    let ids = "date,store,item,sales\n2024-01-01,1,a,5\n2024-01-01,1,b,6\n2024-01-02,1,a,6\n2024-01-02,1,b,8\n2024-01-03,1,a,5\n2024-01-03,1,b,9\n";
    place.write("ids.csv", ids);
    let shown = place.run(&["check", "ids.csv", "--id", "store,item"]).expect(0).out;
    assert!(shown.contains("series       2 of 3 rows"), "{shown}");
}
