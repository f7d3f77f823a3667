//! What parent and zygote say to each other, one datagram each.

/// Every message is this long: an operation, an id, a value.
pub(crate) const MESSAGE_LENGTH: usize = 17;

/// From the parent. The one order there is comes with the child's end of a socket pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ForkOrder {
    /// The parent's name for the child.
    pub id: u64,
}

/// From the zygote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// It is ready to fork.
    Ready,
    /// The child was forked; its pidfd comes along.
    Forked(u64),
    /// The child was not forked, for this reason (an errno).
    NotForked(u64, i32),
    /// The child ended and was reaped.
    Exited(u64, Exit),
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It left with a status.
    Status(i32),
    /// A signal ended it.
    Signal(i32),
    /// Nobody knows: the zygote died too.
    Unknown,
}

impl ForkOrder {
    pub(crate) fn encode(self) -> [u8; MESSAGE_LENGTH] {
        encode(1, self.id, 0)
    }

    pub(crate) fn decode(message: [u8; MESSAGE_LENGTH]) -> Option<Self> {
        match decode(message) {
            (1, id, _) => Some(Self { id }),
            _ => None,
        }
    }
}

impl Notice {
    pub(crate) fn encode(self) -> [u8; MESSAGE_LENGTH] {
        match self {
            Self::Ready => encode(2, 0, 0),
            Self::Forked(id) => encode(3, id, 0),
            Self::NotForked(id, errno) => encode(4, id, errno.into()),
            Self::Exited(id, Exit::Status(status)) => encode(5, id, status.into()),
            Self::Exited(id, Exit::Signal(signal)) => encode(6, id, signal.into()),
            Self::Exited(id, Exit::Unknown) => encode(7, id, 0),
        }
    }

    pub(crate) fn decode(message: [u8; MESSAGE_LENGTH]) -> Option<Self> {
        let (operation, id, value) = decode(message);
        let value = i32::try_from(value).ok()?;
        Some(match operation {
            2 => Self::Ready,
            3 => Self::Forked(id),
            4 => Self::NotForked(id, value),
            5 => Self::Exited(id, Exit::Status(value)),
            6 => Self::Exited(id, Exit::Signal(value)),
            7 => Self::Exited(id, Exit::Unknown),
            _ => return None,
        })
    }
}

fn encode(operation: u8, id: u64, value: i64) -> [u8; MESSAGE_LENGTH] {
    let mut message = [0; MESSAGE_LENGTH];
    message[0] = operation;
    message[1..9].copy_from_slice(&id.to_le_bytes());
    message[9..].copy_from_slice(&value.to_le_bytes());
    message
}

fn decode(message: [u8; MESSAGE_LENGTH]) -> (u8, u64, i64) {
    let mut id = [0; 8];
    let mut value = [0; 8];
    id.copy_from_slice(&message[1..9]);
    value.copy_from_slice(&message[9..]);
    (
        message[0],
        u64::from_le_bytes(id),
        i64::from_le_bytes(value),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_reads_back_as_it_was_written() {
        for notice in [
            Notice::Ready,
            Notice::Forked(u64::MAX),
            Notice::NotForked(7, 11),
            Notice::Exited(1, Exit::Status(3)),
            Notice::Exited(2, Exit::Signal(9)),
            Notice::Exited(3, Exit::Unknown),
        ] {
            assert_eq!(Notice::decode(notice.encode()), Some(notice));
        }
        let order = ForkOrder { id: 1 << 40 };
        assert_eq!(ForkOrder::decode(order.encode()), Some(order));
        assert_eq!(Notice::decode(order.encode()), None);
    }
}
