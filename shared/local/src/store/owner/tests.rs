//! The locks of processes that work on the queue.

use super::*;

#[test]
fn an_owner_lives_as_long_as_its_lock() {
    let directory = tempfile::tempdir().unwrap();
    let first = Owner::claim(directory.path()).unwrap();
    let second = Owner::claim(directory.path()).unwrap();
    let names = [first.name().to_owned(), second.name().to_owned()];
    assert_ne!(names[0], names[1]);
    for name in &names {
        assert!(!is_dead(directory.path(), name));
    }
    drop(first);
    assert!(is_dead(directory.path(), &names[0]));
    assert!(!is_dead(directory.path(), &names[1]));
    // Other names are ignored, wherever they point.
    for name in ["", "..", "../../etc/passwd", &"g".repeat(32)] {
        assert!(!is_dead(directory.path(), name), "{name}");
    }
}

#[test]
fn the_file_of_a_killed_process_is_removed_by_the_next_one() {
    let directory = tempfile::tempdir().unwrap();
    let name = "ab".repeat(16);
    let workers = directory.path().join(DIRECTORY);
    fs::create_dir(&workers).unwrap();
    fs::write(workers.join(&name), "").unwrap();
    let owner = Owner::claim(directory.path()).unwrap();
    let left: Vec<_> = fs::read_dir(&workers)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.len() == 32)
        .collect();
    assert_eq!(left, [owner.name()]);
    assert!(is_dead(directory.path(), &name));
}
