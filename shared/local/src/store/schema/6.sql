-- The source map of a script that is a bundle, compressed. It is read when a run has failed.
CREATE TABLE hook_source_map (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (name, version),
    FOREIGN KEY (name, version) REFERENCES hook (name, version)
) STRICT;
