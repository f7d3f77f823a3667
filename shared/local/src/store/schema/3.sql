-- Bindings whose endpoint answered a delivery 410. The body is the mark.
CREATE TABLE gone (
    target TEXT NOT NULL,
    stage TEXT NOT NULL,
    binding TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (target, stage, binding)
) STRICT;
