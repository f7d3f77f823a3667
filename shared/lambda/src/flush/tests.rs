//! Tests of what comes after an answer.
