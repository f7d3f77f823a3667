-- The bytecode that was published with a script, compressed. A version without any is compiled where it runs.
CREATE TABLE hook_bytecode (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (name, version),
    FOREIGN KEY (name, version) REFERENCES hook (name, version)
) STRICT;
