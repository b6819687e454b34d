//! The same by the vector unit of x86-64 processors of the last ten years (AVX2), where there is one.
//!
//! All that is unsafe in the sweep stands here: the calls of functions that only such a processor can run, and the loads
//! of vectors. [`Avx2`] is the proof that there is one. Each function has a portable twin that gives the same results:
//! [`Survey::look`](super::lines::Survey::look), [`Packed::find`](super::packed::Packed::find) and
//! [`Stride::probe`](super::stride::Stride::probe) choose between the two.

#![allow(unsafe_code, reason = "without it no function can be called that needs a vector unit; measured to pay")]

#[cfg(all(target_arch = "x86_64", not(miri)))]
pub(super) use x86_64::Avx2;

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
pub(super) use elsewhere::Avx2;

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod x86_64 {
    use std::arch::x86_64::{
        __m256i, _mm_set_epi64x, _mm256_and_si256, _mm256_andnot_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8,
        _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_m128i,
        _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16, _mm256_testz_si256,
    };

    use crate::sweep::lines::{STAMP_END, Seen, Survey, Watch, last_two};
    use crate::sweep::packed::{Found, Masks, Packed};
    use crate::sweep::places::{GROUP, Places};
    use crate::sweep::stride::Stride;
    use crate::sweep::text::BREAK;

    /// The processor has what the functions below need.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in crate::sweep) struct Avx2(());

    impl Avx2 {
        /// Asks the processor.
        pub(in crate::sweep) fn detect() -> Option<Self> {
            let has_all = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt");
            has_all.then_some(Self(()))
        }

        /// See [`Survey::look`].
        pub(in crate::sweep) fn look(self, survey: &mut Survey, bytes: &[u8], at: u32, watch: Watch, seen: &mut Seen) {
            // SAFETY: `self` is only made where the processor has all features of the function.
            unsafe {
                match (watch.gaps, watch.ends) {
                    (false, false) => look::<false, false>(survey, bytes, at, seen),
                    (true, false) => look::<true, false>(survey, bytes, at, seen),
                    (false, true) => look::<false, true>(survey, bytes, at, seen),
                    (true, true) => look::<true, true>(survey, bytes, at, seen),
                }
            }
        }

        /// See [`Packed::find`].
        pub(in crate::sweep) fn find(
            self,
            packed: &Packed,
            bytes: &[u8],
            from: usize,
            found: &mut Vec<Found>,
        ) -> usize {
            // SAFETY: `self` is only made where the processor has all features of the function.
            unsafe { find(packed, bytes, from, found) }
        }

        /// See [`Stride::probe`].
        pub(in crate::sweep) fn probe(
            self,
            stride: &Stride,
            rest: &[u8],
            range: std::ops::Range<usize>,
            places: &mut Places,
        ) {
            // SAFETY: `self` is only made where the processor has all features of the function.
            unsafe { probe(stride, rest, range, places) }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: 32 bytes may be read there, and the load needs no alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }

    /// The same code, compiled for more instructions.
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn probe(stride: &Stride, rest: &[u8], range: std::ops::Range<usize>, places: &mut Places) {
        stride.probe_inline(rest, range, places);
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn equal(bytes: __m256i, byte: u8) -> __m256i {
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed()))
    }

    /// Compares signed bytes.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn above(bytes: __m256i, than: i8) -> __m256i {
        _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(than))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn any_of_three(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        _mm256_or_si256(_mm256_or_si256(a, b), c)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn bits(bytes: __m256i) -> u64 {
        u64::from(_mm256_movemask_epi8(bytes).cast_unsigned())
    }

    /// What stands in a half of a group: a bit for each byte.
    #[derive(Clone, Copy)]
    struct Half {
        ends: u64,
        gaps: u64,
        beyond_ascii: u64,
    }

    /// The bytes are those of the half, and those one and two before them.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn half<const GAPS: bool>(two_before: __m256i, before: __m256i, bytes: __m256i) -> Half {
        let cr = equal(before, b'\r');
        let mut half =
            Half { ends: bits(_mm256_or_si256(equal(bytes, b'\n'), cr)), gaps: 0, beyond_ascii: bits(bytes) };
        if GAPS {
            let line_end = _mm256_or_si256(equal(before, b'\n'), cr);
            let low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), before);
            let strange = _mm256_andnot_si256(line_end, low);
            let breaks = _mm256_andnot_si256(equal(bytes, STAMP_END), equal(before, BREAK));
            let after_white = _mm256_andnot_si256(above(two_before, 0x20), _mm256_set1_epi8(-1));
            let second = _mm256_and_si256(equal(before, b' '), _mm256_or_si256(after_white, equal(two_before, BREAK)));
            half.gaps = bits(_mm256_and_si256(any_of_three(strange, breaks, second), above(bytes, 0x20)));
        }
        half
    }

    /// A group of bytes, and the two before it.
    const WINDOW: usize = 2 + GROUP;

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load_at(window: &[u8; WINDOW], at: usize) -> __m256i {
        window.get(at..).and_then(<[u8]>::first_chunk).map_or(_mm256_setzero_si256(), |bytes| load(bytes))
    }

    /// Notes what stands in a group that begins at `at`; only `valid` bytes are there.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn group<const GAPS: bool, const ENDS: bool>(
        window: &[u8; WINDOW],
        at: u32,
        valid: u64,
        survey: &mut Survey,
        seen: &mut Seen,
    ) {
        let first = half::<GAPS>(load_at(window, 0), load_at(window, 1), load_at(window, 2));
        let second = half::<GAPS>(load_at(window, 32), load_at(window, 33), load_at(window, 34));
        let ends = (first.ends | second.ends << 32) & valid;
        survey.ends += u64::from(ends.count_ones());
        survey.is_ascii &= first.beyond_ascii | second.beyond_ascii == 0;
        if GAPS {
            seen.gaps.push_all(first.gaps | second.gaps << 32, at);
        }
        if ENDS {
            seen.ends.push_all(ends, at);
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn look<const GAPS: bool, const ENDS: bool>(survey: &mut Survey, bytes: &[u8], at: u32, seen: &mut Seen) {
        let (mut rest, mut from) = (bytes, at);
        let mut before = survey.last;
        // The first group lacks the bytes before it, the last one some of its own.
        while let Some(len) = (!rest.is_empty()).then_some(rest.len().min(GROUP)) {
            let mut window = [0; WINDOW];
            window.iter_mut().zip(before.iter().chain(rest)).for_each(|(to, &byte)| *to = byte);
            group::<GAPS, ENDS>(&window, from, u64::MAX >> (GROUP - len), survey, seen);
            from = from.wrapping_add(len as u32);
            let mut windows = rest.get(GROUP - 2..).unwrap_or_default();
            while let Some(window) = windows.first_chunk() {
                group::<GAPS, ENDS>(window, from, u64::MAX, survey, seen);
                from = from.wrapping_add(GROUP as u32);
                windows = windows.get(GROUP..).unwrap_or_default();
            }
            before = last_two(before, windows.get(..2).unwrap_or_default());
            rest = windows.get(2..).unwrap_or_default();
        }
        survey.last = last_two(survey.last, bytes);
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn table(nibbles: &[u8; 16]) -> __m256i {
        let number = u128::from_le_bytes(*nibbles);
        let half = _mm_set_epi64x((number >> 64) as i64, number as i64);
        _mm256_setr_m128i(half, half)
    }

    /// The buckets that a byte is in at its place of a piece.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn buckets(tables: (__m256i, __m256i), bytes: &[u8; 32]) -> __m256i {
        let (bytes, nibble) = (load(bytes), _mm256_set1_epi8(0x0F));
        let low = _mm256_shuffle_epi8(tables.0, _mm256_and_si256(bytes, nibble));
        let high = _mm256_shuffle_epi8(tables.1, _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), nibble));
        _mm256_and_si256(low, high)
    }

    /// Returns how far it came: the last few bytes are left.
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn find(packed: &Packed, bytes: &[u8], from: usize, found: &mut Vec<Found>) -> usize {
        let tables = packed.masks().map(|Masks { low, high }| (table(&low), table(&high)));
        let mut at = from;
        // One piece more than a vector, so that each byte has all that a piece holds behind it.
        while let Some(group) = bytes.get(at..).and_then(<[u8]>::first_chunk::<35>) {
            let part = |offset: usize| group.get(offset..).and_then(<[u8]>::first_chunk::<32>);
            let (Some(a), Some(b), Some(c), Some(d)) = (part(0), part(1), part(2), part(3)) else { break };
            let first = _mm256_and_si256(buckets(tables[0], a), buckets(tables[1], b));
            let last = _mm256_and_si256(buckets(tables[2], c), buckets(tables[3], d));
            let all = _mm256_and_si256(first, last);
            if _mm256_testz_si256(all, all) == 0 {
                keep(all, at, found);
            }
            at += 32;
        }
        at
    }

    #[cold]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn keep(all: __m256i, at: usize, found: &mut Vec<Found>) {
        let none = _mm256_cmpeq_epi8(all, _mm256_setzero_si256());
        let mut bits = !_mm256_movemask_epi8(none).cast_unsigned();
        // SAFETY: a vector is 32 bytes, and any 32 bytes are a value of the array.
        let all: [u8; 32] = unsafe { std::mem::transmute(all) };
        while bits != 0 {
            let number = bits.trailing_zeros() as usize;
            found.push(Found { at: (at + number) as u32, buckets: all[number] });
            bits &= bits - 1;
        }
    }
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
mod elsewhere {
    use std::ops::Range;

    use crate::sweep::lines::{Seen, Survey, Watch};
    use crate::sweep::packed::{Found, Packed};
    use crate::sweep::places::Places;
    use crate::sweep::stride::Stride;

    /// There is none here.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in crate::sweep) enum Avx2 {}

    impl Avx2 {
        /// There is none here.
        pub(in crate::sweep) fn detect() -> Option<Self> {
            None
        }

        /// Never called.
        pub(in crate::sweep) fn look(self, _: &mut Survey, _: &[u8], _: u32, _: Watch, _: &mut Seen) {
            match self {}
        }

        /// Never called.
        pub(in crate::sweep) fn find(self, _: &Packed, _: &[u8], _: usize, _: &mut Vec<Found>) -> usize {
            match self {}
        }

        /// Never called.
        pub(in crate::sweep) fn probe(self, _: &Stride, _: &[u8], _: Range<usize>, _: &mut Places) {
            match self {}
        }
    }
}
