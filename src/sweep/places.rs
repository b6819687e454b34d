//! Places in a piece of input, written without a branch for each of them.

/// So many bytes are told of by one word of bits.
pub(super) const GROUP: usize = 64;

/// So many places are written at once, needed or not: few groups have more.
const TOGETHER: usize = 4;

/// A list of places. Its space is kept from piece to piece.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    all: Vec<u32>,
    len: usize,
}

impl Places {
    /// Empties the list, and makes room for as many places as there are bytes.
    pub(super) fn clear(&mut self, bytes: usize) {
        let room = bytes + GROUP;
        if self.all.len() < room {
            self.all.resize(room, 0);
        }
        self.len = 0;
    }

    /// The places.
    pub(super) fn as_slice(&self) -> &[u32] {
        self.all.get(..self.len).unwrap_or_default()
    }

    /// Adds a place if `wanted` is 1, and not if it is 0.
    #[inline(always)]
    pub(super) fn push_if(&mut self, at: u32, wanted: u64) {
        if let Some(place) = self.all.get_mut(self.len) {
            *place = at;
            self.len += wanted as usize;
        }
    }

    /// Adds the first `count` of a few places.
    #[inline(always)]
    pub(super) fn push_few<const SIZE: usize>(&mut self, few: [u32; SIZE], count: usize) {
        if let Some(places) = self.all.get_mut(self.len..).and_then(<[u32]>::first_chunk_mut) {
            *places = few;
            self.len += count.min(SIZE);
        }
    }

    /// Keeps the places for which the answer is 1, and not those for which it is 0.
    #[inline(always)]
    pub(super) fn retain(&mut self, wanted: impl Fn(u32) -> u64) {
        let mut kept = 0;
        for number in 0..self.len.min(self.all.len()) {
            let at = self.all[number];
            self.all[kept] = at;
            kept += wanted(at) as usize;
        }
        self.len = kept;
    }

    /// Adds the place of each bit, counted from `at`.
    #[inline(always)]
    pub(super) fn push_all(&mut self, mut bits: u64, at: u32) {
        let len = self.len + bits.count_ones() as usize;
        let mut rest = self.all.get_mut(self.len..).unwrap_or_default();
        while let Some((places, behind)) = rest.split_first_chunk_mut::<TOGETHER>() {
            for place in places {
                *place = at.wrapping_add(bits.trailing_zeros());
                bits &= bits.wrapping_sub(1);
            }
            if bits == 0 {
                break;
            }
            rest = behind;
        }
        self.len = len.min(self.all.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_a_place() {
        let mut places = Places::default();
        for bits in [0, 1, 1 << 63, 0x8000_0001_0010_0001, u64::MAX, u64::MAX >> 55] {
            places.clear(64);
            places.push_all(bits, 100);
            let expected: Vec<u32> = (0..64).filter(|bit| bits >> bit & 1 != 0).map(|bit| bit + 100).collect();
            assert_eq!(places.as_slice(), expected, "{bits:x}");
        }
        places.clear(2);
        for (at, wanted) in [(5, 0), (6, 1), (7, 0), (8, 1)] {
            places.push_if(at, wanted);
        }
        assert_eq!(places.as_slice(), [6, 8]);
        places.push_if(9, 1);
        places.retain(|at| u64::from(at != 8));
        assert_eq!(places.as_slice(), [6, 9]);
        places.push_few([1, 2, 3], 2);
        places.push_few([4, 5], 9);
        assert_eq!(places.as_slice(), [6, 9, 1, 2, 4, 5]);
    }

    /// Whatever the bytes, all places find room.
    #[test]
    fn there_is_room_for_all() {
        let mut places = Places::default();
        places.clear(4 * GROUP);
        for group in 0..4 {
            places.push_all(u64::MAX, group * 64);
        }
        assert!(places.as_slice().iter().copied().eq(0..256));
    }
}
