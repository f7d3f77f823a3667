//! A cold function: its distance from AWS, what it reads there, and the same job written by hand.

mod distance;
mod handwritten;
mod published;
mod replay;

pub(crate) use self::{
    distance::ROUND_TRIP,
    handwritten::{HANDWRITTEN, Handwritten, Language},
    published::{Kind, Published},
    replay::Transport,
};
