-- The audit trail beside publications; `application` is empty for what concerns none or several.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    application TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX audit_application ON audit (application, id);
