CREATE TABLE application (
    id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE binding (
    target TEXT NOT NULL,
    stage TEXT NOT NULL,
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (target, stage, position, id)
) STRICT;
CREATE TABLE hook (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;
-- The stages that may read a version, as on AWS, where each stage has a copy of its own.
CREATE TABLE hook_stage (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    stage TEXT NOT NULL,
    PRIMARY KEY (name, version, stage),
    FOREIGN KEY (name, version) REFERENCES hook (name, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE continuation_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    value BLOB NOT NULL
) STRICT;
