-- The lowest schema number that a program must know to use this file: see `schema.rs`.
CREATE TABLE reader (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    oldest INTEGER NOT NULL
) STRICT;
INSERT INTO reader (id, oldest) VALUES (1, 4);

-- `<application>/<hook>`: the deliveries to one endpoint. Places are shared out among applications, and among the lanes of each.
ALTER TABLE job ADD COLUMN lane TEXT NOT NULL DEFAULT '';
UPDATE job SET lane = application || '/' || coalesce((
    SELECT json_extract(message, '$.hook.name') FROM job_message
    WHERE job_message.number = job.number AND json_valid(message)
), '');
-- The process that has the job in hand.
ALTER TABLE job ADD COLUMN owner TEXT;
DROP INDEX job_available;
DROP INDEX job_leased;
CREATE INDEX job_available ON job (lane, available);
-- Those in hand, as few as a process makes attempts at once.
CREATE INDEX job_leased ON job (lane, owner, available) WHERE receipt IS NOT NULL;
