//! Changes that share a transaction.

use super::*;

/// A writer on a file with one table, and a second connection to look at it.
fn writer() -> (tempfile::TempDir, Writer, Connection) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let connection = Connection::open(&path).unwrap();
    let script = "PRAGMA journal_mode = WAL; CREATE TABLE thing (name TEXT PRIMARY KEY) STRICT;
        CREATE TABLE run (number INTEGER PRIMARY KEY, ulid TEXT);
        CREATE TABLE idempotency (expires INTEGER)";
    connection.execute_batch(script).unwrap();
    let reader = Connection::open(&path).unwrap();
    (directory, Writer::start(connection).unwrap(), reader)
}

fn put(name: impl Into<String>) -> impl FnMut(&Connection) -> Result<(), Failure> + Send + 'static {
    let name = name.into();
    move |connection| {
        connection.execute("INSERT INTO thing (name) VALUES (?1)", [&name])?;
        Ok(())
    }
}

fn names(reader: &Connection) -> Vec<String> {
    let mut statement = reader
        .prepare("SELECT name FROM thing ORDER BY name")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Keeps the writer busy until the sender is dropped, so that changes made meanwhile share a transaction.
async fn hold(writer: &Writer) -> std::sync::mpsc::Sender<()> {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (begun, has_begun) = oneshot::channel();
    let mut begun = Some(begun);
    let busy: Box<dyn Change> = Box::new(Waiting::new(
        move |_: &Connection| {
            begun.take().unwrap().send(()).unwrap();
            let _ = released.recv();
            Ok::<_, Failure>(())
        },
        true,
        oneshot::channel().0,
    ));
    let sent = writer.changes.as_ref().unwrap().send(busy).await;
    assert!(sent.is_ok());
    has_begun.await.unwrap();
    release
}

#[tokio::test]
async fn changes_that_wait_share_a_transaction_and_one_that_is_refused_or_panics_leaves_no_trace() {
    let (directory, writer, reader) = writer();
    let held = hold(&writer).await;
    let path = directory.path().join("file");
    // Earlier changes are not visible to others yet.
    let looks = writer.write(move |connection| {
        let other = Connection::open(&path).unwrap();
        Ok::<_, Failure>((names(connection), names(&other)))
    });
    let refused = writer.write(|connection| {
        put("half")(connection)?;
        Err::<(), _>(Failure::unfinished("on purpose"))
    });
    let panics = writer.write(|connection| -> Result<(), Failure> {
        put("half")(connection)?;
        panic!("on purpose");
    });
    let twice = async { tokio::join!(writer.write(put("twice")), writer.write(put("twice"))) };
    let release = async { drop(held) };
    let (a, looks, refused, panics, (first, second), b, ()) = tokio::join!(
        writer.write(put("a")),
        looks,
        refused,
        panics,
        twice,
        writer.write(put("b")),
        release
    );
    assert!(a.is_ok() && b.is_ok() && first.is_ok());
    assert!(matches!(refused, Err(Failure::Unfinished { .. })));
    assert!(matches!(panics, Err(Failure::Unfinished { .. })));
    assert!(matches!(second, Err(Failure::Database(_))), "{second:?}");
    assert_eq!(names(&reader), ["a", "b", "twice"]);
    assert_eq!(looks.unwrap(), (vec!["a".to_owned()], vec![]));
}

#[tokio::test]
async fn a_change_that_ends_the_transaction_of_all_does_not_take_the_others_with_it() {
    let (_directory, writer, reader) = writer();
    let held = hold(&writer).await;
    // As SQLite does when the disk fails.
    let broken = writer.write(|connection| -> Result<(), Failure> {
        connection.execute_batch("ROLLBACK")?;
        Err(Failure::unfinished("the disk"))
    });
    let (a, broken, b, ()) = tokio::join!(
        writer.write(put("a")),
        broken,
        writer.write(put("b")),
        async { drop(held) }
    );
    assert!(a.is_ok() && b.is_ok());
    assert!(matches!(broken, Err(Failure::Unfinished { .. })));
    assert_eq!(names(&reader), ["a", "b"]);
}

#[tokio::test]
async fn a_dropped_writer_makes_the_changes_that_wait() {
    let (_directory, writer, reader) = writer();
    let held = hold(&writer).await;
    let changes = writer.changes.as_ref().unwrap().clone();
    for number in 0..1_000 {
        let (caller, _) = oneshot::channel();
        let change: Box<dyn Change> =
            Box::new(Waiting::new(put(format!("{number:04}")), true, caller));
        assert!(changes.send(change).await.is_ok());
    }
    drop((held, changes));
    drop(writer);
    assert_eq!(names(&reader).len(), 1_000);
}
