//! A control sequence taken apart: parameters, sub-parameters, prefix, intermediates.

/// How many parameters a sequence may have; one with more is ignored.
const MAX_PARAMS: usize = 32;

/// A control sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Csi {
    params: [u16; MAX_PARAMS],
    len: u8,
    /// Bit `i` is set when parameter `i` follows a colon.
    sub: u32,
    /// `?`, `>`, `<` or `=`; 0 when there is none.
    pub prefix: u8,
    /// The intermediate byte; 0 when there is none.
    pub intermediate: u8,
    pub last: u8,
}

impl Csi {
    /// Parses what stands between `ESC [` and the final byte; `None` when it is malformed.
    #[inline]
    pub fn parse(body: &[u8], last: u8) -> Option<Csi> {
        let mut csi =
            Csi { params: [0; MAX_PARAMS], len: 0, sub: 0, prefix: 0, intermediate: 0, last };
        let mut value: u16 = 0;
        for (i, &byte) in body.iter().enumerate() {
            if csi.intermediate != 0 {
                // One intermediate is all that any known sequence has, and nothing may follow.
                return None;
            }
            match byte {
                b'0'..=b'9' => {
                    value = value.saturating_mul(10).saturating_add((byte - b'0') as u16);
                }
                b';' | b':' => {
                    csi.push(value)?;
                    value = 0;
                    if byte == b':' {
                        csi.sub |= 1u32.checked_shl(csi.len as u32)?;
                    }
                }
                0x3c..=0x3f if i == 0 => csi.prefix = byte,
                0x20..=0x2f => csi.intermediate = byte,
                _ => return None,
            }
        }
        csi.push(value)?;
        Some(csi)
    }

    fn push(&mut self, value: u16) -> Option<()> {
        *self.params.get_mut(self.len as usize)? = value;
        self.len += 1;
        Some(())
    }

    /// The number of parameters, sub-parameters included; at least one.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// The parameter at a place, 0 when it is missing.
    #[inline]
    pub fn get(&self, at: usize) -> u16 {
        if at < self.len() { self.params[at] } else { 0 }
    }

    /// The parameter at a place, `default` when it is missing or 0.
    #[inline]
    pub fn or(&self, at: usize, default: u16) -> u16 {
        match self.get(at) {
            0 => default,
            value => value,
        }
    }

    /// The parameter at a place as a count: at least 1.
    #[inline]
    pub fn count(&self, at: usize) -> usize {
        self.or(at, 1) as usize
    }

    /// Whether the parameter at a place is a sub-parameter of the one before.
    #[inline]
    pub fn is_sub(&self, at: usize) -> bool {
        at < self.len() && self.sub & (1 << at) != 0
    }

    /// The parameters that are no sub-parameters.
    pub fn tops(&self) -> impl Iterator<Item = u16> + '_ {
        (0..self.len()).filter(|&i| !self.is_sub(i)).map(|i| self.params[i])
    }

    /// The sub-parameters after the parameter at a place.
    pub fn subs(&self, at: usize) -> &[u16] {
        let start = (at + 1).min(self.len());
        let count = (start..self.len()).take_while(|&i| self.is_sub(i)).count();
        &self.params[start..start + count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_taken_apart() {
        let csi = Csi::parse(b"4:3;58:2::1:2:3;7", b'm').unwrap();
        assert_eq!(csi.len(), 9);
        assert_eq!(csi.subs(0), [3]);
        assert_eq!(csi.subs(2), [2, 0, 1, 2, 3]);
        assert_eq!(csi.tops().collect::<Vec<_>>(), [4, 58, 7]);
        assert_eq!(Csi::parse(b"", b'm').unwrap().len(), 1);
        let csi = Csi::parse(b"?2026$", b'p').unwrap();
        assert_eq!((csi.prefix, csi.intermediate, csi.get(0)), (b'?', b'$', 2026));
        assert_eq!(Csi::parse(b"99999999", b'A').unwrap().get(0), u16::MAX);
    }

    #[test]
    fn malformed_sequences_are_ignored() {
        for body in [&b"1?"[..], b"??1", b"$1", b" $", b"1;<"] {
            assert_eq!(Csi::parse(body, b'h'), None, "{body:?}");
        }
        assert_eq!(Csi::parse(&b"1;".repeat(40), b'm'), None);
        assert_eq!(Csi::parse(&b"1:".repeat(32), b'm'), None);
    }
}
