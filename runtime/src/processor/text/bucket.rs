//! Splits a batch into buckets of similar length, so that little of what a graph computes is padding.

use tokenizers::tokenizer::Encoding;

use super::batch::Encoded;
use crate::processor::ProcessorError;

/// Most tokens, padding included, that a bucket of several rows holds. On two cores of a server CPU a batch pays off while
/// its matrices fit the caches: eight rows beat eight runs at 16 tokens a row, break even at 32 and lose at 128.
const BUCKET_TOKENS: usize = 256;

/// Rows of a batch that go through a graph together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Positions of the rows in the batch.
    pub indices: Vec<usize>,
    /// The rows, padded to the longest of them.
    pub encoded: Encoded,
}

/// Buckets of a batch, from the shortest rows to the longest.
pub(super) fn split(rows: &[Encoding], pad: Option<i64>) -> Result<Vec<Bucket>, ProcessorError> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|index| rows[*index].len());
    let mut buckets = Vec::new();
    let mut rest = order.as_slice();
    while !rest.is_empty() {
        // Rows are sorted, so that the last one of a bucket is its longest.
        let fits = |count: &usize| count * rows[rest[count - 1]].len() <= BUCKET_TOKENS;
        let count = (1..=rest.len()).take_while(fits).last().unwrap_or(1);
        let (bucket, others) = rest.split_at(count);
        buckets.push(Bucket {
            indices: bucket.to_vec(),
            encoded: Encoded::pad(bucket.iter().map(|index| &rows[*index]), pad)?,
        });
        rest = others;
    }
    Ok(buckets)
}

#[cfg(test)]
mod tests {
    use tokenizers::tokenizer::Token;

    use super::*;

    fn row(length: usize) -> Encoding {
        let mut row = Encoding::default();
        for id in 0..length {
            let token = Token::new(id as u32, String::new(), (0, 0));
            row.merge_with(Encoding::from_tokens(vec![token], 0), false);
        }
        row
    }

    #[test]
    fn every_row_stands_in_one_bucket_beside_rows_of_its_length() {
        let lengths = [3, 300, 16, 16, 120, 130, 2, 16, 500];
        let rows: Vec<_> = lengths.map(row).to_vec();
        let buckets = split(&rows, Some(0)).unwrap();
        let indices: Vec<_> = buckets
            .iter()
            .map(|bucket| bucket.indices.clone())
            .collect();
        assert_eq!(
            indices,
            [vec![6, 0, 2, 3, 7], vec![4], vec![5], vec![1], vec![8]]
        );
        for bucket in &buckets {
            let longest = bucket.indices.iter().map(|index| lengths[*index]).max();
            assert_eq!(Some(bucket.encoded.input_ids.ncols()), longest);
            assert_eq!(bucket.encoded.input_ids.nrows(), bucket.indices.len());
        }
    }
}
