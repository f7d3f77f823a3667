//! Deletes temporary names, with everything about them except run records.

use hookpoint_engine::ports::Temporary;
use rusqlite::Connection;

/// Everything at once: the write is one transaction.
pub(super) fn forget(connection: &Connection, temporary: &Temporary) -> rusqlite::Result<()> {
    let delete = |table: &str, column: &str, value: &str| {
        connection.execute(&format!("DELETE FROM {table} WHERE {column} = ?1"), [value])
    };
    for target in temporary.targets() {
        let target = target.to_string();
        for (table, column) in [
            ("binding", "target"),
            ("gone", "target"),
            ("publication", "subject"),
        ] {
            delete(table, column, &target)?;
        }
    }
    for hook in &temporary.hooks {
        for table in [
            "hook_stage",
            "hook_bytecode",
            "hook_source_map",
            "hook_bundle_files",
            "hook",
            "hook_deleted",
        ] {
            delete(table, "name", hook.as_str())?;
        }
    }
    for id in &temporary.applications {
        delete("application", "id", id.as_str())?;
    }
    Ok(())
}
