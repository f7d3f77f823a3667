//! What tables look like.

use super::*;
use crate::output::GOOD;

fn plain(table: &Table, limit: Option<usize>) -> String {
    anstream::adapter::strip_str(&table.render_within(limit)).to_string()
}

#[test]
fn columns_are_aligned_whatever_their_style_and_nothing_trails() {
    let mut table = Table::new(["hook", "outcome", "time"]);
    table.push([
        Cell::text("a-long-name"),
        Cell::styled(GOOD, "ok"),
        Cell::number("9.5 ms"),
    ]);
    table.push([
        Cell::text("b"),
        Cell::text("timeout"),
        Cell::number("3000.0 ms"),
    ]);
    table.push([Cell::text("c"), Cell::text(""), Cell::text("")]);
    assert_eq!(
        plain(&table, None),
        "hook         outcome  time\n\
         a-long-name  ok          9.5 ms\n\
         b            timeout  3000.0 ms\n\
         c"
    );
}

fn narrow() -> Table {
    let mut table = Table::new(["run", "名前", "status", ""])
        .without(["status"])
        .with_remarks("run");
    table.push([
        Cell::text("7F3K"),
        Cell::text("会員登録 🎉"),
        Cell::number("503"),
        Cell::text("the endpoint answered 503 and the event continued"),
    ]);
    table.push([
        Cell::text("8A00"),
        Cell::text("tier"),
        Cell::number("200"),
        Cell::text(""),
    ]);
    table
}

#[test]
fn a_remark_goes_below_its_row_and_quoted_source_stays_aligned() {
    let mut table = Table::new(["hook", "bound on", ""])
        .without(["bound on"])
        .with_remarks_in_rows();
    let mut push = |hook: &str, remark: &str| {
        let target = if hook.is_empty() {
            ""
        } else {
            "application:bot"
        };
        table.push([hook, target, remark].map(Cell::text));
    };
    push("tier", "hook.js:1:9 no such name: custmer");
    push("", "  return custmer;");
    push("", "         ^");
    push("audit", "");
    assert_eq!(
        plain(&table, Some(24)),
        "hook   bound on\n\
         tier   application:bot\n    \
             hook.js:1:9 no such\n    \
             name: custmer\n    \
               \x20 return custmer;\n    \
               \x20        ^\n\
         audit  application:bot"
    );
    assert!(plain(&table, Some(16)).starts_with("hook\ntier\n    hook.js:1:9\n"));
    let whole = plain(&table, None);
    assert!(
        whole.contains("application:bot  hook.js:1:9 no such name"),
        "{whole}"
    );
}

#[test]
fn several_wide_columns_share_what_is_too_much() {
    let mut table = Table::new(["target", "id", "no"]);
    let row = [
        format!("application:{}", "a".repeat(30)),
        format!("check-{}", "b".repeat(30)),
        "10".to_owned(),
    ];
    table.push(row.map(Cell::text));
    for limit in [30, 40, 60, 80] {
        for line in plain(&table, Some(limit)).lines() {
            assert!(columns(line) <= limit, "{limit}: {line}");
        }
    }
    let narrow = plain(&table, Some(44));
    assert!(
        narrow.ends_with("application:aaaaaa…  check-bbbbbbbbbbbb…  10"),
        "{narrow}"
    );
}

#[test]
fn a_mark_far_to_the_right_stays_below_what_it_marks() {
    let mut table = Table::new(["hook", ""]).with_remarks_in_rows();
    let source = format!("  {}HERE();", "x".repeat(90));
    let mark = format!("  {}^", " ".repeat(90));
    for (hook, remark) in [("tier", "a.js:1:91 no"), ("", &source), ("", &mark)] {
        table.push([hook, remark].map(Cell::text));
    }
    let text = plain(&table, Some(40));
    let lines: Vec<_> = text.lines().rev().collect();
    let at = |line: &str, wanted: char| line.chars().position(|character| character == wanted);
    assert!(lines[0].ends_with('^'), "{text}");
    assert_eq!(at(lines[0], '^'), at(lines[1], 'H'), "{text}");
}

#[test]
fn a_narrow_terminal_gets_remarks_below_and_the_important_columns() {
    assert_eq!(
        plain(&narrow(), Some(32)),
        "run   名前         status\n\
         7F3K  会員登録 🎉     503\n\
         8A00  tier            200\n\n\
         7F3K  the endpoint answered 503\n      \
               and the event continued"
    );
    assert!(plain(&narrow(), Some(20)).starts_with("run   名前\n7F3K  会員登録 🎉\n"));
    assert!(plain(&narrow(), Some(15)).starts_with("run   名前\n7F3K  会員登録…\n"));
    let whole = plain(&narrow(), None);
    assert!(whole.contains("503  the endpoint answered"), "{whole}");
    for limit in [20, 32, 48] {
        for line in plain(&narrow(), Some(limit)).lines() {
            assert!(columns(line) <= limit, "{limit}: {line}");
        }
    }
}

#[test]
fn a_row_has_the_first_line_of_a_text() {
    let mut table = Table::new(["id", "reason"]);
    table.push([
        Cell::text("7F3K"),
        Cell::text("a.js:1:5: no\n  let let\n      ^"),
    ]);
    assert_eq!(plain(&table, None), "id    reason\n7F3K  a.js:1:5: no…");
}
