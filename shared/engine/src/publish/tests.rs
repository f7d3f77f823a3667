//! The plan from snapshot to wish.
