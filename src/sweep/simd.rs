//! The same by the vector unit of x86-64 processors, where there is one: that of the last ten years (AVX2), or that of
//! the last five (AVX-512 with permutations of bytes).
//!
//! All that is unsafe in the sweep stands here: the calls of functions that only such a processor can run, and the
//! loads of vectors. [`Vectors`] is the proof that there is one. Each function has a portable twin that gives the same
//! results: [`Survey::look`](super::lines::Survey::look), [`Packed::find`](super::packed::Packed::find),
//! [`Stride::probe`](super::stride::Stride::probe) and [`stands_in`](super::text::stands_in) choose between them.

#![allow(unsafe_code, reason = "without it no function can be called that needs a vector unit; measured to pay")]

#[cfg(all(target_arch = "x86_64", not(miri)))]
pub(super) use x86_64::Vectors;

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
pub(super) use elsewhere::Vectors;

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod x86_64 {
    use std::ops::Range;

    use super::{avx2, avx512};
    use crate::sweep::lines::{Seen, Survey, Watch};
    use crate::sweep::packed::Packed;
    use crate::sweep::places::Places;
    use crate::sweep::stride::Stride;

    /// The processor has what the functions of one of the modules below need.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in crate::sweep) struct Vectors(Unit);

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Unit {
        Avx2,
        Avx512,
    }

    impl Vectors {
        /// Asks the processor for the best it has.
        pub(in crate::sweep) fn detect() -> Option<Self> {
            Self::all().next()
        }

        /// All that the processor has, the best first.
        pub(in crate::sweep) fn all() -> impl Iterator<Item = Self> {
            let has_avx2 = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt");
            let has_avx512 = has_avx2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vbmi")
                && is_x86_feature_detected!("avx512vbmi2");
            let units = [(has_avx512, Unit::Avx512), (has_avx2, Unit::Avx2)];
            units.into_iter().filter(|(has, _)| *has).map(|(_, unit)| Self(unit))
        }

        /// Whether [`Packed::find`] looks up six bits at once, and not in two parts, so that no closer look is needed.
        pub(in crate::sweep) fn looks_up_at_once(self) -> bool {
            self.0 == Unit::Avx512
        }

        /// See [`Survey::look`].
        pub(in crate::sweep) fn look(self, survey: &mut Survey, bytes: &[u8], at: u32, watch: Watch, seen: &mut Seen) {
            let look = match (self.0, watch.gaps, watch.ends) {
                (Unit::Avx2, false, false) => avx2::look::<false, false>,
                (Unit::Avx2, true, false) => avx2::look::<true, false>,
                (Unit::Avx2, false, true) => avx2::look::<false, true>,
                (Unit::Avx2, true, true) => avx2::look::<true, true>,
                (Unit::Avx512, false, false) => avx512::look::<false, false>,
                (Unit::Avx512, true, false) => avx512::look::<true, false>,
                (Unit::Avx512, false, true) => avx512::look::<false, true>,
                (Unit::Avx512, true, true) => avx512::look::<true, true>,
            };
            // SAFETY: `self` is only made where the processor has all features of the function.
            unsafe { look(survey, bytes, at, seen) }
        }

        /// See [`Packed::find`].
        pub(in crate::sweep) fn find(self, packed: &Packed, bytes: &[u8], places: &mut Places) {
            // SAFETY: `self` is only made where the processor has all features of the function.
            unsafe {
                match self.0 {
                    Unit::Avx2 => avx2::find(packed, bytes, places),
                    Unit::Avx512 => avx512::find(packed, bytes, places),
                }
            }
        }

        /// Whether two bytes of a plain text stand in the line, in any case, at a place of which `stands` says yes.
        pub(in crate::sweep) fn any_pair(self, line: &[u8], pair: [u8; 2], stands: impl Fn(usize) -> bool) -> bool {
            // SAFETY: `self` is only made where the processor has all features of the function.
            unsafe {
                match self.0 {
                    Unit::Avx2 => avx2::any_pair(line, pair, stands),
                    Unit::Avx512 => avx512::any_pair(line, pair, stands),
                }
            }
        }

        /// See [`Stride::probe`].
        pub(in crate::sweep) fn probe(self, stride: &Stride, rest: &[u8], range: Range<usize>, places: &mut Places) {
            // SAFETY: `self` is only made where the processor has all features of the function.
            unsafe {
                match self.0 {
                    Unit::Avx2 => avx2::probe(stride, rest, range, places),
                    Unit::Avx512 => avx512::probe(stride, rest, range, places),
                }
            }
        }
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm_set_epi64x, _mm256_and_si256, _mm256_andnot_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8,
        _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_m128i,
        _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16, _mm256_testz_si256,
    };
    use std::ops::Range;

    use super::{any, padded};
    use crate::sweep::lines::{STAMP_END, Seen, Survey, last_two};
    use crate::sweep::packed::{PLACES, Packed, Tables};
    use crate::sweep::places::{GROUP, Places};
    use crate::sweep::sample::SMALL;
    use crate::sweep::stride::Stride;
    use crate::sweep::text::BREAK;

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: 32 bytes may be read there, and the load needs no alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }

    /// The same code, compiled for more instructions.
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn probe(stride: &Stride, rest: &[u8], range: Range<usize>, places: &mut Places) {
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
    }

    /// The bytes are those of the half, and those one and two before them.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn half<const GAPS: bool>(two_before: __m256i, before: __m256i, bytes: __m256i) -> Half {
        let cr = equal(before, b'\r');
        let mut half = Half { ends: bits(_mm256_or_si256(equal(bytes, b'\n'), cr)), gaps: 0 };
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
    fn load_at<const SIZE: usize>(window: &[u8; SIZE], at: usize) -> __m256i {
        window.get(at..).and_then(<[u8]>::first_chunk).map_or(_mm256_setzero_si256(), |bytes| load(bytes))
    }

    /// What stands in all groups.
    #[derive(Clone, Copy)]
    struct Sum {
        ends: u64,
        /// Their bytes, one over the other.
        bytes: __m256i,
    }

    /// Notes what stands in a group that begins at `at`; only `valid` bytes are there.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn group<const GAPS: bool, const ENDS: bool>(
        window: &[u8; WINDOW],
        at: u32,
        valid: u64,
        sum: &mut Sum,
        seen: &mut Seen,
    ) {
        let (lower, upper) = (load_at(window, 2), load_at(window, 34));
        let first = half::<GAPS>(load_at(window, 0), load_at(window, 1), lower);
        let second = half::<GAPS>(load_at(window, 32), load_at(window, 33), upper);
        let ends = (first.ends | second.ends << 32) & valid;
        sum.ends += u64::from(ends.count_ones());
        sum.bytes = any_of_three(sum.bytes, lower, upper);
        if GAPS {
            seen.gaps.push_all(first.gaps | second.gaps << 32, at);
        }
        if ENDS {
            seen.ends.push_all(ends, at);
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn look<const GAPS: bool, const ENDS: bool>(
        survey: &mut Survey,
        bytes: &[u8],
        at: u32,
        seen: &mut Seen,
    ) {
        let (mut rest, mut from) = (bytes, at);
        let mut before = survey.last;
        let mut sum = Sum { ends: 0, bytes: _mm256_setzero_si256() };
        // The first group lacks the bytes before it, the last one some of its own.
        while let Some(len) = (!rest.is_empty()).then_some(rest.len().min(GROUP)) {
            let mut window = [0; WINDOW];
            window.iter_mut().zip(before.iter().chain(rest)).for_each(|(to, &byte)| *to = byte);
            group::<GAPS, ENDS>(&window, from, u64::MAX >> (GROUP - len), &mut sum, seen);
            from = from.wrapping_add(len as u32);
            let mut windows = rest.get(GROUP - 2..).unwrap_or_default();
            while let Some(window) = windows.first_chunk() {
                group::<GAPS, ENDS>(window, from, u64::MAX, &mut sum, seen);
                from = from.wrapping_add(GROUP as u32);
                windows = windows.get(GROUP..).unwrap_or_default();
            }
            before = last_two(before, windows.get(..2).unwrap_or_default());
            rest = windows.get(2..).unwrap_or_default();
        }
        survey.ends += sum.ends;
        survey.is_ascii &= bits(sum.bytes) == 0;
        survey.last = last_two(survey.last, bytes);
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn table(nibbles: &[u8; 16]) -> __m256i {
        let number = u128::from_le_bytes(*nibbles);
        let half = _mm_set_epi64x((number >> 64) as i64, number as i64);
        _mm256_setr_m128i(half, half)
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn any_pair(line: &[u8], pair: [u8; 2], stands: impl Fn(usize) -> bool) -> bool {
        let small = _mm256_set1_epi8(SMALL as i8);
        let (groups, rest) = line.as_chunks();
        let rest = padded(rest);
        let mut firsts = 0;
        for (group, at) in groups.iter().chain([&rest]).zip((0..).step_by(32)) {
            let bytes = _mm256_or_si256(load(group), small);
            let [first, second] = pair.map(|byte| bits(equal(bytes, byte | SMALL as u8)));
            let behind = first << 1 | firsts >> 31;
            if any(behind & second, |number| stands(at + number - 1)) {
                return true;
            }
            firsts = first;
        }
        false
    }

    /// The buckets that a byte is in at its place of a piece, and some more. The upper two bits do not count.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn buckets(tables: [__m256i; 2], bytes: __m256i) -> __m256i {
        let upper = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(0x03));
        _mm256_and_si256(buckets_of_lower(tables[0], bytes), _mm256_shuffle_epi8(tables[1], upper))
    }

    /// The buckets that have a byte with the same lower four bits.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn buckets_of_lower(table: __m256i, bytes: __m256i) -> __m256i {
        _mm256_shuffle_epi8(table, _mm256_and_si256(bytes, _mm256_set1_epi8(0x0F)))
    }

    /// A vector of bytes, and what the last of them needs behind it to be a piece.
    const PIECES: usize = 32 + PLACES - 1;

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn find(packed: &Packed, bytes: &[u8], places: &mut Places) {
        match packed.tables() {
            [one] => find_with(packed, [one], bytes, places),
            [one, other] => find_with(packed, [one, other], bytes, places),
            _ => {}
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn find_with<const COUNT: usize>(packed: &Packed, all: [&Tables; COUNT], bytes: &[u8], places: &mut Places) {
        let tables = all.map(|tables| tables.parts.map(|parts| parts.map(|part| table(&part))));
        let mut at = 0;
        while let Some(window) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            let left = find_in(&tables, window);
            if _mm256_testz_si256(left, left) == 0 {
                keep(packed, left, bytes, at, places);
            }
            at += 32;
        }
        for at in (at..bytes.len()).step_by(32) {
            keep(packed, find_in(&tables, &padded(bytes.get(at..).unwrap_or_default())), bytes, at, places);
        }
    }

    /// The buckets that are left at each place, of the first eight or of the others. Of few pieces, the lower four bits tell
    /// enough.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn find_in<const COUNT: usize>(tables: &[[[__m256i; 2]; PLACES]; COUNT], window: &[u8; PIECES]) -> __m256i {
        tables.iter().fold(_mm256_setzero_si256(), |any, tables| {
            let part = |place: usize| {
                let bytes = load_at(window, place);
                if COUNT > 1 { buckets(tables[place], bytes) } else { buckets_of_lower(tables[place][0], bytes) }
            };
            _mm256_or_si256(any, (1..PLACES).fold(part(0), |all, place| _mm256_and_si256(all, part(place))))
        })
    }

    /// Adds the places where a bucket is left, after a closer look.
    #[cold]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn keep(packed: &Packed, left: __m256i, bytes: &[u8], at: usize, places: &mut Places) {
        let mut bits = !bits(_mm256_cmpeq_epi8(left, _mm256_setzero_si256())) & u64::from(u32::MAX);
        while bits != 0 {
            let at = at + bits.trailing_zeros() as usize;
            places.push_if(at as u32, u64::from(at < bytes.len()) & packed.may_stand(bytes, at));
            bits &= bits - 1;
        }
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod avx512 {
    use std::arch::x86_64::{
        __m512i, _mm_cvtsi32_si128, _mm512_add_epi32, _mm512_and_si512, _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask,
        _mm512_cmpgt_epi8_mask, _mm512_cmplt_epi8_mask, _mm512_cvtepu8_epi32, _mm512_i64gather_epi64,
        _mm512_loadu_si512, _mm512_maskz_compress_epi8, _mm512_maskz_compress_epi32, _mm512_maskz_loadu_epi8,
        _mm512_movepi8_mask, _mm512_mullo_epi64, _mm512_or_si512, _mm512_permutexvar_epi8, _mm512_rorv_epi64,
        _mm512_set1_epi8, _mm512_set1_epi32, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_srl_epi64,
        _mm512_test_epi8_mask, _mm512_test_epi64_mask,
    };
    use std::ops::Range;

    use super::{any, padded};
    use crate::sweep::lines::{STAMP_END, Seen, Survey, last_two};
    use crate::sweep::packed::{PIECE_SIZE, PLACES, Packed, Tables};
    use crate::sweep::places::{GROUP, Places};
    use crate::sweep::sample::SMALL;
    use crate::sweep::stride::{Stride, TOGETHER};
    use crate::sweep::text::BREAK;

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(bytes: &[u8; 64]) -> __m512i {
        // SAFETY: 64 bytes may be read there, and the load needs no alignment.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load_at<const SIZE: usize>(window: &[u8; SIZE], at: usize) -> __m512i {
        window.get(at..).and_then(<[u8]>::first_chunk).map_or(_mm512_setzero_si512(), |bytes| load(bytes))
    }

    /// What stands in a group: a bit for each byte.
    #[derive(Clone, Copy)]
    struct Group {
        lf: u64,
        cr: u64,
        /// What a gap is made of, and bytes beyond it that no word holds.
        white: u64,
        breaks: u64,
        /// What ends a gap if it stands behind it.
        solid: u64,
        /// What no gap ends before, if it stands behind a break.
        stamp_ends: u64,
        /// A gap ends with this byte, if a solid one stands behind it.
        last: u64,
    }

    /// Moves each bit to the next byte; the first one is that of the last byte before.
    fn next(before: u64, bits: u64) -> u64 {
        bits << 1 | before >> 63
    }

    impl Group {
        /// Looks at the bytes; `before` is the group before them.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        fn new<const GAPS: bool>(bytes: __m512i, before: &Self) -> Self {
            let equal = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()));
            let (lf, cr) = (equal(b'\n'), equal(b'\r'));
            if !GAPS {
                return Self { lf, cr, ..Self::NONE };
            }
            let blank = _mm512_set1_epi8(b' '.cast_signed());
            let solid = _mm512_cmpgt_epi8_mask(bytes, blank);
            let low = _mm512_cmplt_epi8_mask(bytes, blank);
            let (breaks, stamp_ends) = (equal(BREAK), equal(STAMP_END));
            let white = !solid | breaks;
            let blanks = !(solid | low);
            let last = (low & !(lf | cr)) | (blanks & next(before.white, white));
            Self { lf, cr, white, breaks, solid, stamp_ends, last }
        }

        const NONE: Self = Self { lf: 0, cr: 0, white: 0, breaks: 0, solid: 0, stamp_ends: 0, last: 0 };

        /// Notes what stands in the group, which begins at `at`; only `valid` bytes are there. Returns how many lines end.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
        fn note<const GAPS: bool, const ENDS: bool>(&self, before: &Self, at: u32, valid: u64, seen: &mut Seen) -> u32 {
            let ends = (self.lf | next(before.cr, self.cr)) & valid;
            if GAPS {
                let behind_break = next(before.breaks, self.breaks) & !self.stamp_ends;
                push(&mut seen.gaps, (next(before.last, self.last) | behind_break) & self.solid, at);
            }
            if ENDS {
                push(&mut seen.ends, ends, at);
            }
            ends.count_ones()
        }
    }

    /// So many places are written at once, needed or not: a vector of them.
    const FEW: usize = 16;

    /// Adds the place of each bit, counted from `at`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
    fn push(places: &mut Places, bits: u64, at: u32) {
        let count = bits.count_ones() as usize;
        if count > FEW {
            return places.push_all(bits, at);
        }
        let numbers: [u8; 64] = std::array::from_fn(|number| number as u8);
        let numbers = _mm512_maskz_compress_epi8(bits, load(&numbers));
        push_few(places, first_few(numbers), count, at);
    }

    /// As numbers of 32 bits.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn first_few(bytes: __m512i) -> __m512i {
        _mm512_cvtepu8_epi32(_mm512_castsi512_si128(bytes))
    }

    /// Adds the first `count` of the numbers, counted from `at`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn push_few(places: &mut Places, numbers: __m512i, count: usize, at: u32) {
        let numbers = _mm512_add_epi32(numbers, _mm512_set1_epi32(at.cast_signed()));
        // SAFETY: a vector is 16 numbers, and any 64 bytes are a value of the array.
        places.push_few::<FEW>(unsafe { std::mem::transmute::<__m512i, [u32; FEW]>(numbers) }, count);
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn look<const GAPS: bool, const ENDS: bool>(
        survey: &mut Survey,
        bytes: &[u8],
        at: u32,
        seen: &mut Seen,
    ) {
        let mut last = [0; GROUP];
        last[GROUP - 2..].copy_from_slice(&survey.last);
        let mut before = Group::new::<GAPS>(load(&last), &Group::NONE);
        // All groups, one over the other.
        let (mut all, mut ends, mut from) = (_mm512_setzero_si512(), 0, at);
        let mut note = |bytes: __m512i, valid: u64| {
            let group = Group::new::<GAPS>(bytes, &before);
            ends += u64::from(group.note::<GAPS, ENDS>(&before, from, valid, seen));
            all = _mm512_or_si512(all, bytes);
            before = group;
            from = from.wrapping_add(GROUP as u32);
        };
        let (groups, rest) = bytes.as_chunks();
        groups.iter().for_each(|group| note(load(group), u64::MAX));
        if !rest.is_empty() {
            note(load_some(rest), u64::MAX >> (GROUP - rest.len()));
        }
        survey.ends += ends;
        survey.is_ascii &= _mm512_movepi8_mask(all) == 0;
        survey.last = last_two(survey.last, bytes);
    }

    /// As many bytes as a vector has, and zeros behind them if there are fewer.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn load_some(bytes: &[u8]) -> __m512i {
        // SAFETY: of the bytes that are meant each is one of the slice.
        bytes.first_chunk().map_or_else(
            || unsafe { _mm512_maskz_loadu_epi8((1 << bytes.len()) - 1, bytes.as_ptr().cast()) },
            |bytes| load(bytes),
        )
    }

    #[target_feature(enable = "avx512f,avx512bw,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn any_pair(line: &[u8], pair: [u8; 2], stands: impl Fn(usize) -> bool) -> bool {
        let small = _mm512_set1_epi8(SMALL as i8);
        let pair = pair.map(|byte| _mm512_or_si512(_mm512_set1_epi8(byte.cast_signed()), small));
        let mut firsts = 0;
        for (group, at) in line.chunks(64).zip((0..).step_by(64)) {
            let bytes = _mm512_or_si512(load_some(group), small);
            let [first, second] = pair.map(|byte| _mm512_cmpeq_epi8_mask(bytes, byte));
            if any(next(firsts, first) & second, |number| stands(at + number - 1)) {
                return true;
            }
            firsts = first;
        }
        false
    }

    /// A vector of bytes, and what the last of them needs behind it to be a piece.
    const PIECES: usize = 64 + PLACES - 1;

    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn find(packed: &Packed, bytes: &[u8], places: &mut Places) {
        match packed.tables() {
            [one] if packed.places() <= PIECE_SIZE => find_with::<1, PIECE_SIZE>([one], bytes, places),
            [one] => find_with::<1, PLACES>([one], bytes, places),
            [one, other] => find_with::<2, PLACES>([one, other], bytes, places),
            _ => {}
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
    fn find_with<const COUNT: usize, const LOOKED: usize>(tables: [&Tables; COUNT], bytes: &[u8], places: &mut Places) {
        let tables = tables.map(|tables| tables.sixths.map(|table| load(&table)));
        let mut add = |bits: u64, at: usize| {
            // Few of few pieces are found: then a branch costs less. Else nobody could foresee it.
            if COUNT > 1 || bits != 0 {
                push(places, bits, at as u32);
            }
        };
        let mut at = 0;
        while let Some(window) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            add(find_in::<COUNT, LOOKED>(&tables, window), at);
            at += 64;
        }
        for at in (at..bytes.len()).step_by(64) {
            let there = u64::MAX >> (64 - (bytes.len() - at).min(64));
            add(find_in::<COUNT, LOOKED>(&tables, &padded(bytes.get(at..).unwrap_or_default())) & there, at);
        }
    }

    /// A bit for each place of which some bucket is left after the tables of the first bytes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,bmi1,bmi2,lzcnt,popcnt")]
    fn find_in<const COUNT: usize, const LOOKED: usize>(
        tables: &[[__m512i; PLACES]; COUNT],
        window: &[u8; PIECES],
    ) -> u64 {
        let mut any = _mm512_setzero_si512();
        for tables in tables {
            let part = |place: usize| _mm512_permutexvar_epi8(load_at(window, place), tables[place]);
            any = _mm512_or_si512(any, (1..LOOKED).fold(part(0), |all, place| _mm512_and_si512(all, part(place))));
        }
        _mm512_test_epi8_mask(any, any)
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn probe(stride: &Stride, rest: &[u8], range: Range<usize>, places: &mut Places) {
        let Some(index_bits) = stride.filter().len().checked_ilog2() else { return };
        let step = stride.shape().stride;
        let count = |bits: u32| _mm_cvtsi32_si128(bits.cast_signed());
        let (to_index, to_bits) = (count(64 - index_bits), stride.shifts().map(count));
        let (small, one) = (_mm512_set1_epi64(SMALL.cast_signed()), _mm512_set1_epi64(1));
        let spread = _mm512_set1_epi64(stride.spread().cast_signed());
        // Eight bytes from each place.
        let spaced: [u8; 64] = std::array::from_fn(|byte| (byte / 8 * step + byte % 8) as u8);
        let spaced = load(&spaced);
        // And where they are.
        let numbers: [u8; 64] = std::array::from_fn(|number| (number % FEW * step) as u8);
        let numbers = first_few(load(&numbers));
        let known = |window: &[u8; 64]| {
            let eights = _mm512_or_si512(_mm512_permutexvar_epi8(spaced, load(window)), small);
            let hashes = _mm512_mullo_epi64(eights, spread);
            let index = _mm512_srl_epi64(hashes, to_index);
            // SAFETY: an index has `index_bits` bits, and the filter has two to the power of that words, or more.
            let words = unsafe { _mm512_i64gather_epi64::<8>(index, stride.filter().as_ptr().cast()) };
            let bit = |number: usize| _mm512_rorv_epi64(words, _mm512_srl_epi64(hashes, to_bits[number]));
            u16::from(_mm512_test_epi64_mask(_mm512_and_si512(_mm512_and_si512(bit(0), bit(1)), bit(2)), one))
        };
        let mut at = range.start;
        while at < range.end
            && let Some(first) = rest.get(at..).and_then(<[u8]>::first_chunk)
            && let Some(second) = rest.get(at + TOGETHER * step..).and_then(<[u8]>::first_chunk)
        {
            let known = known(first) | known(second) << TOGETHER;
            push_few(places, _mm512_maskz_compress_epi32(known, numbers), known.count_ones() as usize, at as u32);
            at += 2 * TOGETHER * step;
        }
        stride.probe_inline(rest, at..range.end, places);
    }
}

/// Whether the answer is yes for the number of any of the bits.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline(always)]
fn any(mut bits: u64, wanted: impl Fn(usize) -> bool) -> bool {
    while bits != 0 {
        if wanted(bits.trailing_zeros() as usize) {
            return true;
        }
        bits &= bits - 1;
    }
    false
}

/// The bytes, and zeros behind them.
#[cfg(all(target_arch = "x86_64", not(miri)))]
fn padded<const SIZE: usize>(bytes: &[u8]) -> [u8; SIZE] {
    let mut padded = [0; SIZE];
    padded.iter_mut().zip(bytes).for_each(|(to, &byte)| *to = byte);
    padded
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
mod elsewhere {
    use std::ops::Range;

    use crate::sweep::lines::{Seen, Survey, Watch};
    use crate::sweep::packed::Packed;
    use crate::sweep::places::Places;
    use crate::sweep::stride::Stride;

    /// There is none here.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in crate::sweep) enum Vectors {}

    impl Vectors {
        /// There is none here.
        pub(in crate::sweep) fn detect() -> Option<Self> {
            None
        }

        /// There is none here.
        pub(in crate::sweep) fn all() -> impl Iterator<Item = Self> {
            std::iter::empty()
        }

        /// Never called.
        pub(in crate::sweep) fn looks_up_at_once(self) -> bool {
            match self {}
        }

        /// Never called.
        pub(in crate::sweep) fn look(self, _: &mut Survey, _: &[u8], _: u32, _: Watch, _: &mut Seen) {
            match self {}
        }

        /// Never called.
        pub(in crate::sweep) fn find(self, _: &Packed, _: &[u8], _: &mut Places) {
            match self {}
        }

        /// Never called.
        pub(in crate::sweep) fn any_pair(self, _: &[u8], _: [u8; 2], _: impl Fn(usize) -> bool) -> bool {
            match self {}
        }

        /// Never called.
        pub(in crate::sweep) fn probe(self, _: &Stride, _: &[u8], _: Range<usize>, _: &mut Places) {
            match self {}
        }
    }
}
