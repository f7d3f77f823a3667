-- What each publication changed, a row for each application and store; `subject` is empty for hooks of neither.
CREATE TABLE publication (
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (id, subject)
) STRICT;
-- The newest version that a hook had when it was deleted: numbers are not used again.
CREATE TABLE hook_deleted (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;
