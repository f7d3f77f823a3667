-- The queue. What a worker looks for stands apart from the messages, so that a lease does not write a large message anew.
CREATE TABLE job (
    number INTEGER PRIMARY KEY,
    delivery TEXT NOT NULL UNIQUE,
    application TEXT NOT NULL,
    -- From when it may be handed out, in milliseconds since 1970: when it is due, or when its lease ends.
    available INTEGER NOT NULL,
    -- Names the lease, from when the job is handed out until it is settled or handed out again.
    receipt TEXT,
    -- How often it was handed out since it was enqueued or last settled.
    handed_out INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX job_available ON job (application, available);
CREATE INDEX job_leased ON job (application, available) WHERE receipt IS NOT NULL;
CREATE TABLE job_message (
    number INTEGER PRIMARY KEY REFERENCES job (number) ON DELETE CASCADE,
    message TEXT NOT NULL
) STRICT;
CREATE TABLE dead_letter (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    -- Without a reason where the queue itself gave up.
    code TEXT,
    reason TEXT,
    since INTEGER NOT NULL,
    message TEXT NOT NULL
) STRICT;

-- Run records, newest last. The columns are those that filters ask for; the body holds them again.
CREATE TABLE run (
    number INTEGER PRIMARY KEY,
    ulid TEXT NOT NULL,
    stage TEXT NOT NULL,
    application TEXT NOT NULL,
    hook TEXT NOT NULL,
    result TEXT NOT NULL,
    outcome TEXT NOT NULL,
    correlation TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (ulid, stage, application)
) STRICT;
CREATE INDEX run_application ON run (application, ulid);
CREATE INDEX run_hook ON run (hook, ulid);
CREATE INDEX run_correlation ON run (correlation);
-- Those that went well are nearly all: who asks for them finds them without an index.
CREATE INDEX run_outcome ON run (outcome, ulid) WHERE outcome <> 'ok';
-- The event and the response of a run, compressed, where the application keeps them.
CREATE TABLE run_kept (
    number INTEGER PRIMARY KEY REFERENCES run (number) ON DELETE CASCADE,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE idempotency (
    stage TEXT NOT NULL,
    application TEXT NOT NULL,
    key TEXT NOT NULL,
    owner TEXT NOT NULL,
    -- When it means nothing any more, in seconds since 1970.
    expires INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (stage, application, key)
) STRICT;
CREATE INDEX idempotency_expires ON idempotency (expires);
