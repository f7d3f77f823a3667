-- The files that decided what a bundle is made of, such as its lock file, compressed. They are read when a workspace is made of what is published.
CREATE TABLE hook_bundle_files (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (name, version),
    FOREIGN KEY (name, version) REFERENCES hook (name, version) ON DELETE CASCADE
) STRICT;
