//! The retry schedule, and how far an endpoint may change it.

use proptest::prelude::*;

use super::*;

#[test]
fn there_are_eight_attempts_and_the_middle_of_the_jitter_is_the_schedule() {
    let waits: Vec<_> = (1..=8)
        .map(|attempt| wait_after(attempt, None, 0.5))
        .collect();
    let expected: Vec<_> = SCHEDULE[1..]
        .iter()
        .copied()
        .map(Some)
        .chain([None])
        .collect();
    assert_eq!(waits, expected);
}

#[test]
fn a_retry_after_is_seconds_or_a_date() {
    let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
    for (value, expected) in [
        (" 120 ", Some(120)),
        ("0", Some(0)),
        ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
        ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("99999999999999999999999", None),
    ] {
        assert_eq!(
            retry_after(value, now),
            expected.map(Duration::from_secs),
            "{value}"
        );
    }
}

proptest! {
    #[test]
    fn a_wait_is_the_planned_one_up_to_a_fifth_off_or_what_was_asked_up_to_twice_of_it(
        attempt in 1_u32..12, asked in proptest::option::of(0_u64..1_000_000), chance in -1.0..2.0_f64,
    ) {
        let planned = wait_after(attempt, None, chance);
        let asked = asked.map(Duration::from_secs);
        let wait = wait_after(attempt, asked, chance);
        prop_assert_eq!(planned.is_none(), attempt >= 8);
        if let (Some(planned), Some(wait)) = (planned, wait) {
            let usual = SCHEDULE[attempt as usize];
            prop_assert!(planned >= usual.mul_f64(0.79) && planned <= usual.mul_f64(1.21));
            prop_assert!(wait >= planned && wait <= planned * 2);
            if let Some(asked) = asked && (planned..=planned * 2).contains(&asked) {
                prop_assert_eq!(wait, asked);
            }
        }
    }
}
