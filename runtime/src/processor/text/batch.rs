//! Token ids of a batch as the rectangular tensors that models take.

use ndarray::Array2;
use tokenizers::tokenizer::Encoding;

use crate::engine::Outlet;
use crate::processor::ProcessorError;
use crate::tensor::NamedTensors;

/// A tokenised batch, padded on the right; every tensor is `(batch, length)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Token ids.
    pub input_ids: Array2<i64>,
    /// 1 where there is a token, 0 where there is padding.
    pub attention_mask: Array2<i64>,
    /// 0 for the first text of a row, 1 for the second, as the tokenizer's template has it.
    pub token_type_ids: Array2<i64>,
}

impl Encoded {
    /// Pads rows to the longest.
    pub(super) fn pad<'e>(
        rows: impl Iterator<Item = &'e Encoding> + Clone,
        pad: Option<i64>,
    ) -> Result<Self, ProcessorError> {
        let longest = rows
            .clone()
            .map(Encoding::len)
            .max()
            .ok_or(ProcessorError::EmptyBatch)?;
        let shortest = rows.clone().map(Encoding::len).min().unwrap_or(longest);
        let pad = match pad {
            Some(pad) => pad,
            None if shortest == longest => 0,
            None => return Err(ProcessorError::NoPadding { shortest, longest }),
        };
        let shape = (rows.clone().count(), longest);
        let mut input_ids = Array2::from_elem(shape, pad);
        let mut attention_mask = Array2::zeros(shape);
        let mut token_type_ids = Array2::zeros(shape);
        for (index, row) in rows.enumerate() {
            for (position, (&id, &type_id)) in
                row.get_ids().iter().zip(row.get_type_ids()).enumerate()
            {
                input_ids[[index, position]] = i64::from(id);
                attention_mask[[index, position]] = 1;
                token_type_ids[[index, position]] = i64::from(type_id);
            }
        }
        Ok(Self {
            input_ids,
            attention_mask,
            token_type_ids,
        })
    }

    /// The tensors under the names that hub exports use, as far as a graph takes them.
    #[must_use]
    pub fn into_feeds(self, wanted: &[Outlet]) -> NamedTensors {
        let mut feeds = NamedTensors::new();
        for (name, tensor) in [
            ("input_ids", self.input_ids),
            ("attention_mask", self.attention_mask),
            ("token_type_ids", self.token_type_ids),
        ] {
            if wanted.iter().any(|input| input.name == name) {
                feeds.insert(name, tensor);
            }
        }
        feeds
    }

    /// Number of rows.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.input_ids.nrows()
    }

    /// Tokens of a row, padding included.
    #[must_use]
    pub fn length(&self) -> usize {
        self.input_ids.ncols()
    }

    /// Tokens of each row, padding excluded.
    #[must_use]
    pub fn lengths(&self) -> Vec<usize> {
        self.attention_mask
            .rows()
            .into_iter()
            .map(|row| row.sum() as usize)
            .collect()
    }
}
