//! Counts of requests to AWS, by second.

use std::collections::BTreeMap;

use super::Millis;

/// A request to an AWS service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    GetItem,
    Query,
    BatchWriteItem,
    GetSecretValue,
    BatchGetSecretValue,
    Decrypt,
    SendMessage,
    ReceiveMessage,
    DeleteMessage,
}

impl Call {
    /// The service and the operation.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::GetItem => "DynamoDB `GetItem`",
            Self::Query => "DynamoDB `Query`",
            Self::BatchWriteItem => "DynamoDB `BatchWriteItem`",
            Self::GetSecretValue => "Secrets Manager `GetSecretValue`",
            Self::BatchGetSecretValue => "Secrets Manager `BatchGetSecretValue`",
            Self::Decrypt => "KMS `Decrypt`, by Secrets Manager",
            Self::SendMessage => "SQS `SendMessageBatch`",
            Self::ReceiveMessage => "SQS `ReceiveMessage`",
            Self::DeleteMessage => "SQS `DeleteMessageBatch`",
        }
    }
}

/// What was requested, and when.
#[derive(Debug, Default)]
pub(super) struct Calls(BTreeMap<Call, Vec<u64>>);

impl Calls {
    pub(super) fn add(&mut self, call: Call, at: Millis, count: u64) {
        if count == 0 {
            return;
        }
        let second = usize::try_from(at / 1_000).unwrap_or(0);
        let seconds = self.0.entry(call).or_default();
        if seconds.len() <= second {
            seconds.resize(second + 1, 0);
        }
        seconds[second] += count;
    }

    fn seconds(&self, call: Call) -> &[u64] {
        self.0.get(&call).map_or(&[], Vec::as_slice)
    }

    pub(super) fn total(&self, call: Call) -> u64 {
        self.seconds(call).iter().sum()
    }

    /// The most in one second, from one second to another.
    pub(super) fn peak(&self, call: Call, from: usize, to: usize) -> u64 {
        let seconds = self.seconds(call).iter();
        let chosen = seconds.take(to).skip(from);
        chosen.copied().max().unwrap_or(0)
    }

    /// The average in a second, from one second to another.
    pub(super) fn average(&self, call: Call, from: usize, to: usize) -> u64 {
        let seconds = self.seconds(call).iter();
        let sum: u64 = seconds.take(to).skip(from).sum();
        sum / u64::try_from(to - from).unwrap_or(1).max(1)
    }

    /// How many were over a quota. Retries, which come on top, are not counted.
    pub(super) fn over(&self, call: Call, quota: u64) -> u64 {
        let seconds = self.seconds(call).iter();
        seconds.map(|count| count.saturating_sub(quota)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_in_their_second() {
        let mut calls = Calls::default();
        for (at, count) in [(0, 3), (999, 4), (1_000, 5), (4_000, 0)] {
            calls.add(Call::Query, at, count);
        }
        assert_eq!(calls.total(Call::Query), 12);
        assert_eq!(calls.peak(Call::Query, 0, 10), 7);
        assert_eq!(calls.peak(Call::Query, 1, 10), 5);
        assert_eq!(calls.average(Call::Query, 0, 4), 3);
        assert_eq!(calls.over(Call::Query, 6), 1);
        assert_eq!(calls.total(Call::GetItem), 0);
    }
}
