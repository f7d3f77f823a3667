-- The audit trail beside publications; `application` is empty for what concerns none or several.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    application TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX audit_application ON audit (application, id);
-- Whom kept events are about: hashes of the names.
CREATE TABLE run_subject (
    key TEXT NOT NULL,
    number INTEGER NOT NULL REFERENCES run_kept (number) ON DELETE CASCADE,
    PRIMARY KEY (key, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_subject_number ON run_subject (number);
