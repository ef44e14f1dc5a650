//! How much of something each holder has at the moment, and how much one holder may have.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts per holder. Whoever has nothing is not remembered, so the memory is bounded by what is held.
#[derive(Debug)]
pub struct Shares<K> {
    held: Arc<Mutex<HashMap<K, usize>>>,
}

/// What one holder took; given back when dropped.
#[derive(Debug)]
pub struct Share<K: Hash + Eq> {
    holder: K,
    amount: usize,
    held: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Hash + Eq + Clone> Shares<K> {
    /// Nothing is held.
    pub fn new() -> Self {
        Shares { held: Arc::default() }
    }

    /// Takes `amount`, unless the holder would then have more than `most`.
    pub fn take(&self, holder: K, amount: usize, most: usize) -> Option<Share<K>> {
        let mut share = Share { holder, amount: 0, held: self.held.clone() };
        share.grow(amount, most).then_some(share)
    }
}

impl<K: Hash + Eq + Clone> Default for Shares<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Hash + Eq + Clone> Share<K> {
    /// Takes `more`, unless the holder would then have more than `most`.
    pub fn grow(&mut self, more: usize, most: usize) -> bool {
        let mut held = lock(&self.held);
        let wanted = held.get(&self.holder).copied().unwrap_or(0).saturating_add(more);
        if wanted > most {
            return false;
        }
        if wanted > 0 {
            held.insert(self.holder.clone(), wanted);
        }
        self.amount += more;
        true
    }
}

impl<K: Hash + Eq> Drop for Share<K> {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        if let Some(count) = held.get_mut(&self.holder) {
            *count -= self.amount;
            if *count == 0 {
                held.remove(&self.holder);
            }
        }
    }
}

/// The map is whole whatever panicked while it was held: counts change in single steps.
fn lock<K>(held: &Mutex<HashMap<K, usize>>) -> MutexGuard<'_, HashMap<K, usize>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_given_back() {
        let shares = Shares::new();
        let mut first = shares.take("a", 2, 3).expect("there is room");
        assert!(shares.take("a", 2, 3).is_none(), "one too many");
        assert!(shares.take("b", 3, 3).is_some(), "another holder has room of its own");
        assert!(first.grow(1, 3));
        assert!(!first.grow(1, 3));
        drop(first);
        assert!(lock(&shares.held).is_empty(), "nothing is remembered of who has nothing");
        assert!(shares.take("a", 3, 3).is_some());
    }
}
