//! What templates hold and learn.

use super::{resident::Source, *};

fn places(resident: &Resident) -> Vec<(Range<usize>, Source)> {
    let in_pages =
        |(place, source): &(Range<usize>, Source)| (place.start / PAGE..place.end / PAGE, *source);
    resident.pieces.iter().map(in_pages).collect()
}

#[test]
fn a_template_holds_what_differs_and_takes_the_rest_from_the_image() {
    let image = vec![1; 4 * PAGE];
    let mut memory = image.clone();
    memory.resize(40 * PAGE, 0);
    memory[PAGE] = 2;
    memory[39 * PAGE + 7] = 3;
    for placing in [Placing::Mapped, Placing::Copied] {
        let template = Template::of(&memory, &image, placing, None);
        assert!(template.mapped.is_none());
        assert_eq!(template.weight(), 2 * PAGE);
        let resident = template.resident();
        assert_eq!(
            places(&resident),
            [
                (0..1, Source::Image),
                (1..2, Source::Own(0)),
                (2..4, Source::Image),
                (39..40, Source::Own(PAGE)),
            ]
        );
        let gaps: Vec<_> = resident.gaps(50 * PAGE).collect();
        assert_eq!(gaps, [4 * PAGE..39 * PAGE, 40 * PAGE..50 * PAGE]);
        let content = template.content(&resident, &image, memory.len()).unwrap();
        assert_eq!(content, memory);
    }
}

/// However many there are: short gaps between other pages are filled anyway.
#[test]
fn pages_that_a_script_cleared_are_cleared_in_a_slot_with_the_image() {
    let image = vec![1; 48 * PAGE];
    let mut memory = image.clone();
    memory[5 * PAGE..30 * PAGE].fill(0);
    memory[35 * PAGE] = 2;
    memory.resize(64 * PAGE, 0);
    let template = Template::of(&memory, &image, Placing::Copied, None);
    let stored = Template::to_store(&memory, &image).unwrap();
    let stored = Template::stored(&stored, &image, 0, None);
    for template in [&template, &stored.unwrap()] {
        assert!(
            places(&template.resident())
                .iter()
                .any(|(place, _)| *place == (5..30))
        );
        let mut held = image.clone();
        held.resize(64 * PAGE, 0);
        template.resident().overlay(&mut held);
        assert!(held == memory);
    }
    assert_eq!(template.weight(), PAGE);
}

#[test]
fn pages_that_runs_write_are_learned_and_restored_from_the_template() {
    let image = vec![1; 8 * PAGE];
    let mut memory = image.clone();
    memory.resize(64 * PAGE, 0);
    let template = Template::of(&memory, &image, Placing::Mapped, None);
    let mut left = memory.clone();
    left[60 * PAGE] = 9;
    left[7 * PAGE] = 9;
    for _ in 0..=LESSONS {
        template.learn(&left, &image);
        left[30 * PAGE] = 9;
    }
    let resident = template.resident();
    assert_eq!(
        places(&resident),
        [
            (0..8, Source::Image),
            (30..31, Source::Zero),
            (60..61, Source::Zero),
        ]
    );
    resident.copy_to(&mut left, &image);
    assert_eq!(left, memory);
}

#[test]
fn a_run_that_grew_its_memory_does_not_affect_the_next() {
    let image = vec![1; 8 * PAGE];
    let mut memory = image.clone();
    memory.resize(16 * PAGE, 0);
    let template = Template::of(&memory, &image, Placing::Copied, None);
    let mut grown = memory.clone();
    grown.resize(32 * PAGE, 0);
    grown[30 * PAGE] = 9;
    template.learn(&grown, &image);
    let mut left = memory.clone();
    left[15 * PAGE] = 9;
    template.learn(&left, &image);
    assert_eq!(
        places(&template.resident()),
        [
            (0..8, Source::Image),
            (15..16, Source::Zero),
            (30..31, Source::Zero),
        ]
    );
}

#[test]
fn many_pages_are_a_file_and_what_is_written_of_it_is_resident() {
    let mut memory = vec![3; MAPPED_FROM * PAGE];
    memory.resize((MAPPED_FROM + 100) * PAGE, 0);
    let template = Template::of(&memory, &[], Placing::Mapped, None);
    assert!(template.mapped.is_some());
    assert_eq!(template.weight(), MAPPED_FROM * PAGE);
    assert!(template.resident().pieces.is_empty());
    let mut left = memory.clone();
    left[100 * PAGE] = 9;
    template.learn(&left, &[]);
    assert_eq!(places(&template.resident()), [(100..101, Source::Own(0))]);
    let content = template.content(&template.resident(), &[], memory.len());
    assert_eq!(content.unwrap(), memory);
}

#[cfg(target_os = "linux")]
#[test]
fn an_unchanged_idle_range_is_mapped_once_for_all_templates() {
    let image = vec![1; 32 * PAGE];
    let idle = Arc::new(Mapped::range(&image, &(PAGE / 2..24 * PAGE + 5)).unwrap());
    let of = |memory: &[u8]| Template::of(memory, &image, Placing::Mapped, Some(&idle));
    let mut memory = image.clone();
    memory[30 * PAGE] = 2;
    let template = of(&memory);
    assert_eq!(
        places(&template.resident()),
        [
            (0..1, Source::Image),
            (24..30, Source::Image),
            (30..31, Source::Own(0)),
            (31..32, Source::Image),
        ]
    );
    assert_eq!(template.weight(), PAGE);
    let content = template.content(&template.resident(), &image, memory.len());
    assert_eq!(content.unwrap(), memory);
    // Writes by runs there are learned too.
    let mut left = memory.clone();
    left[12 * PAGE] = 9;
    template.learn(&left, &image);
    assert_eq!(places(&template.resident())[1], (12..13, Source::Image));
    // Written by a hook's top level.
    memory[12 * PAGE] = 2;
    let template = of(&memory);
    assert_eq!(template.files().count(), 0);
    let content = template.content(&template.resident(), &image, memory.len());
    assert_eq!(content.unwrap(), memory);
    assert!(Mapped::range(&image, &(PAGE + 1..2 * PAGE)).is_none());
    assert!(Mapped::range(&image, &(0..64 * PAGE)).is_none());
}
